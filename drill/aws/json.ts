/** AWS JSON 1.1. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
import type { IncomingMessage } from "node:http";
import { JSON_AUTH_ERRORS } from "./authenticate.ts";
import type { Answer, Call } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import type { JsonObject, JsonService } from "./service.ts";
import { sha256 } from "./sigv4.ts";

const CONTENT_TYPE = "application/x-amz-json-1.1";

/** The call that an X-Amz-Target header names. An unknown target becomes a call that answers 501. */
export function jsonCall(
  request: IncomingMessage,
  body: Buffer,
  services: ReadonlyMap<string, JsonService>,
): Call {
  const { prefix, operation } = parseTarget(String(request.headers["x-amz-target"]));
  const service = services.get(prefix);
  const name = service?.name ?? prefix;
  const quota = service?.quotas[operation] ?? service?.quotas["*"];
  return {
    service: name,
    operation,
    eventSource: service?.eventSource ?? `${name}.amazonaws.com`,
    resource: "",
    subject: subjectOf(body),
    payloadHash: sha256(body),
    authErrors: JSON_AUTH_ERRORS,
    quota: quota ? { key: `${name}:${quota.bucket ?? operation}`, quota } : null,
    throttled: () => new AwsError(service?.throttleError ?? "ThrottlingException", "Rate exceeded", 400),
    denied: (message = `The caller is not authorized to perform: ${name}:${operation}`) =>
      new AwsError("AccessDeniedException", message, 400),
    serverError: () =>
      new AwsError("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    handle: async (context) => {
      const run =
        service && Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
      if (!run) throw notImplemented(`${prefix}.${operation}`);
      const input = jsonInput(body);
      context.permissions.check({ service: name, operation, input });
      const output = await run(input, context);
      return { status: 200, headers: { "content-type": CONTENT_TYPE }, body: JSON.stringify(output) };
    },
    renderError,
  };
}

/** `Prefix.Operation`; the CLI's CloudTrail sends a longer prefix, of which the last part counts. */
function parseTarget(target: string): { prefix: string; operation: string } {
  const [prefix = "", operation = ""] = target.split(".").slice(-2);
  return { prefix, operation };
}

/** A body's members. Throws SerializationException for anything but a JSON object. */
export function jsonInput(body: Buffer): JsonObject {
  try {
    const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Falls through: AWS names both cases the same.
  }
  throw new AwsError("SerializationException", "The request body is not a JSON object.", 400);
}

/** The request's members without the tokens that change from page to page and from try to try. */
function subjectOf(body: Buffer): string {
  return body.toString("utf8").replaceAll(/"\w*[tT]oken":"[^"]*",?/g, "");
}

function renderError(error: AwsError): Answer {
  return {
    status: error.httpStatus,
    headers: { "content-type": CONTENT_TYPE, "x-amzn-errortype": error.code },
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.details }),
  };
}
