/** S3's REST protocol: from a request to its operation, through the bucket's policy, to the answer. */
import type { IncomingMessage } from "node:http";
import { S3_AUTH_ERRORS } from "../authenticate.ts";
import type { Answer, Call } from "../call.ts";
import { AwsError, notImplemented } from "../errors.ts";
import type { QuotaUse } from "../quotas.ts";
import type { CallContext } from "../service.ts";
import { renderXml } from "../xml.ts";
import { checkAccess, hideHeaders, hideMissing } from "./access.ts";
import { CONFIGURATION_HANDLERS, listBuckets } from "./configuration.ts";
import { COPY_HANDLERS } from "./copy.ts";
import { accessDenied, S3Error } from "./errors.ts";
import { LIST_HANDLERS } from "./list.ts";
import { LOCK_HANDLERS } from "./lock.ts";
import { MULTIPART_HANDLERS } from "./multipart.ts";
import { OBJECT_HANDLERS } from "./objects.ts";
import { findOperation, refuseUnknownHeaders } from "./operations.ts";
import { checkKey, header, parseRequest, type S3Call, type S3Request } from "./request.ts";
import type { S3Store } from "./store.ts";

export type S3Handler = (call: S3Call) => Answer | Promise<Answer>;

const HANDLERS: Readonly<Record<string, S3Handler>> = {
  ...CONFIGURATION_HANDLERS,
  ...COPY_HANDLERS,
  ...LIST_HANDLERS,
  ...LOCK_HANDLERS,
  ...MULTIPART_HANDLERS,
  ...OBJECT_HANDLERS,
};

const RATE_SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html";

/** For each prefix. */
export const READS_A_SECOND = 5500;
export const WRITES_A_SECOND = 3500;

export class S3Endpoint {
  readonly #store: S3Store;

  constructor(store: S3Store) {
    this.#store = store;
  }

  /** The call that a request means. A request that means none becomes a call that answers why. */
  call(message: IncomingMessage): Call {
    const request = parse(message);
    const operation = request instanceof S3Error ? undefined : findOperation(request);
    const shared = {
      service: "s3",
      operation: operation?.name ?? `Unknown${message.method}`,
      eventSource: "s3.amazonaws.com",
      payloadHash: String(message.headers["x-amz-content-sha256"] ?? ""),
      authErrors: S3_AUTH_ERRORS,
      throttled: () => new S3Error("SlowDown", "Please reduce your request rate.", 503),
      serverError: () =>
        new S3Error("InternalError", "We encountered an internal error. Please try again.", 500),
      renderError,
    };
    if (request instanceof S3Error) {
      return { ...shared, resource: "", quota: null, handle: () => Promise.reject(request) };
    }
    return {
      ...shared,
      resource: request.key === "" ? request.bucket : `${request.bucket}/${request.key}`,
      subject: `${request.bucket}/${request.key}${subjectQuery(request)}`,
      quota: requestRate(request),
      handle: async (context) => {
        if (!operation) throw notImplemented(`the S3 request ${describe(request)}`);
        refuseUnknownHeaders(operation, request.headers);
        return this.perform(operation.name, request, context);
      },
    };
  }

  /** Does an operation as the context's session: for a request from the wire, or one of S3's own (a batch job's). */
  async perform(operation: string, request: S3Request, context: CallContext): Promise<Answer> {
    const owner = header(request.headers, "x-amz-expected-bucket-owner");
    if (owner !== undefined && owner !== context.accountId) throw accessDenied();
    if (operation === "ListBuckets") return listBuckets(this.#store);
    if (request.key !== "") checkKey(request.key);
    const call: S3Call = {
      store: this.#store,
      request,
      context,
      bucket: this.#store.bucket(request.bucket),
      key: request.key,
    };
    checkAccess(operation, call);
    const handler = Object.hasOwn(HANDLERS, operation) ? HANDLERS[operation] : undefined;
    if (!handler) throw notImplemented(`s3:${operation}`);
    try {
      return hideHeaders(operation, await handler(call), call);
    } catch (error) {
      if (error instanceof AwsError) hideMissing(operation, error, call);
      throw error;
    }
  }
}

function parse(message: IncomingMessage): S3Request | S3Error {
  try {
    return parseRequest(message);
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  }
}

/** The listing's prefix, the version, the part: not where a page begins. */
function subjectQuery({ query }: S3Request): string {
  const telling = [...query].filter(([name]) => !/marker|token|uploadId/i.test(name));
  return telling.length === 0 ? "" : `?${new URLSearchParams(telling)}`;
}

/** "At least 3,500 PUT/COPY/POST/DELETE or 5,500 GET/HEAD requests per second per partitioned prefix". */
function requestRate({ method, bucket, key, query }: S3Request): QuotaUse {
  const reads = method === "GET" || method === "HEAD";
  const rate = reads ? READS_A_SECOND : WRITES_A_SECOND;
  const path = key === "" ? (query.get("prefix") ?? "") : key;
  const prefix = path.slice(0, path.lastIndexOf("/") + 1);
  return {
    key: `s3:${reads ? "read" : "write"}:${bucket}/${prefix}`,
    quota: { ratePerSecond: rate, burst: rate, source: RATE_SOURCE },
  };
}

function describe({ method, level, query }: S3Request): string {
  return `${method} on the ${level} with ${query.size === 0 ? "no query" : `the query ${[...query.keys()].join(", ")}`}`;
}

function renderError(error: AwsError, requestId: string): Answer {
  const headers = error instanceof S3Error ? error.headers : {};
  const content = { Code: error.code, Message: error.message, ...error.details, RequestId: requestId };
  const bodiless = error.httpStatus === 304;
  return {
    status: error.httpStatus,
    headers: { ...(bodiless ? {} : { "content-type": "application/xml" }), ...headers },
    body: bodiless ? null : renderXml("Error", content),
  };
}
