/** The AWS query protocol, as STS and IAM speak it. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
import type { Answer } from "./call.ts";
import { AwsError, notImplemented } from "./errors.ts";
import type { CallContext } from "./service.ts";
import { renderXml, type XmlObject } from "./xml.ts";

/** Throws `NoSuchVersion` unless the form names the API's version. */
export function checkVersion(form: URLSearchParams, version: string): void {
  if (form.get("Version") === version) return;
  throw new AwsError(
    "NoSuchVersion",
    `Could not find operation ${form.get("Action")} for version ${form.get("Version")}`,
    400,
  );
}

/** A parameter that has to be there. Throws `ValidationError`. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value) return value;
  throw new AwsError(
    "ValidationError",
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    400,
  );
}

/** Throws NotImplemented for any parameter but those. */
export function refuseUnknown(service: string, form: URLSearchParams, known: readonly string[]): void {
  const unknown = [...form.keys()].find((name) => !["Action", "Version", ...known].includes(name));
  if (unknown) throw notImplemented(`the parameter ${unknown} of ${service}:${form.get("Action")}`);
}

/** `<Operation>Response` with `<Operation>Result`; without the latter where an operation gives nothing. */
export function respond(
  operation: string,
  result: XmlObject | null,
  { requestId }: CallContext,
  namespace: string,
): Answer {
  const content = {
    ...(result === null ? {} : { [`${operation}Result`]: result }),
    ResponseMetadata: { RequestId: requestId },
  };
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: renderXml(`${operation}Response`, content, namespace),
  };
}

export function queryError(namespace: string): (error: AwsError, requestId: string) => Answer {
  return (error, requestId) => {
    const type = error.httpStatus >= 500 ? "Receiver" : "Sender";
    const content = { Error: { Type: type, Code: error.code, Message: error.message }, RequestId: requestId };
    return {
      status: error.httpStatus,
      headers: { "content-type": "text/xml" },
      body: renderXml("ErrorResponse", content, namespace),
    };
  };
}
