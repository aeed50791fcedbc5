/** S3 Control's REST protocol, as far as batch jobs go. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html */
import type { IncomingMessage } from "node:http";
import { S3_AUTH_ERRORS } from "../authenticate.ts";
import type { Answer, Call } from "../call.ts";
import { AwsError, notImplemented } from "../errors.ts";
import type { CallContext } from "../service.ts";
import { sha256 } from "../sigv4.ts";
import { renderXml, type XmlObject } from "../xml.ts";
import { describeJob, Jobs } from "./jobs.ts";
import { type JobParts, runJob } from "./run.ts";
import { parseCreateJob } from "./wire.ts";

const NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/";
const ROOT = "/v20180820/jobs";

/** Whether a request is S3 Control's: no bucket can have this name. */
export function isS3Control(url: string | undefined): boolean {
  return url?.startsWith("/v20180820/") === true;
}

export class S3ControlEndpoint {
  readonly jobs = new Jobs();
  readonly #parts: JobParts;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /** The call that a request means. */
  call(request: IncomingMessage, body: Buffer): Call {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const [, id = "", action = ""] = /^\/v20180820\/jobs(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const operation = operationOf(request.method ?? "", url.pathname, id, action);
    return {
      service: "s3control",
      operation: operation ?? `Unknown${request.method}`,
      eventSource: "s3.amazonaws.com",
      resource: id,
      payloadHash: sha256(body),
      authErrors: S3_AUTH_ERRORS,
      quota: null,
      throttled: () => new AwsError("TooManyRequestsException", "Rate exceeded", 400),
      serverError: () => new AwsError("InternalServiceException", "An internal error occurred.", 500),
      renderError,
      handle: async (context) => {
        const owner = request.headers["x-amz-account-id"];
        if (owner !== context.accountId) throw new AwsError("AccessDenied", "Access Denied", 403);
        if (!operation) throw notImplemented(`the S3 Control request ${request.method} ${url.pathname}`);
        return this.#handle(operation, { id, url, body, context });
      },
    };
  }

  #handle(
    operation: string,
    { id, url, body, context }: { id: string; url: URL; body: Buffer; context: CallContext },
  ): Answer {
    const { clock, accountId, region, log, permissions } = context;
    const permit = (input: Record<string, string>) =>
      permissions.check({ service: "s3control", operation, input });
    if (operation === "CreateJob") {
      const request = parseCreateJob(body.toString("utf8"));
      permit({ operation: "S3PutObjectCopy", roleArn: request.roleArn });
      const { job, created } = this.jobs.create(request, clock.now());
      log(job.id);
      if (created) void runJob(job, this.#parts);
      return answer("CreateJobResult", { JobId: job.id });
    }
    permit({ id });
    if (operation === "DescribeJob") {
      return answer("DescribeJobResult", { Job: describeJob(this.jobs.get(id), accountId, region) });
    }
    const { requestedJobStatus, statusUpdateReason } = Object.fromEntries(url.searchParams);
    const job = this.jobs.update(id, requestedJobStatus, statusUpdateReason);
    return answer("UpdateJobStatusResult", {
      JobId: job.id,
      Status: job.status,
      StatusUpdateReason: job.statusReason,
    });
  }
}

function operationOf(method: string, path: string, id: string, action: string): string | undefined {
  if (method === "POST" && path === ROOT) return "CreateJob";
  if (method === "GET" && id !== "" && action === "") return "DescribeJob";
  if (method === "POST" && id !== "" && action === "status") return "UpdateJobStatus";
  return undefined;
}

function answer(root: string, content: XmlObject): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: renderXml(root, content, NAMESPACE),
  };
}

function renderError(error: AwsError, requestId: string): Answer {
  const content = {
    Error: { Code: error.code, Message: error.message, ...error.details },
    RequestId: requestId,
  };
  return {
    status: error.httpStatus,
    headers: { "content-type": "application/xml" },
    body: renderXml("ErrorResponse", content, NAMESPACE),
  };
}
