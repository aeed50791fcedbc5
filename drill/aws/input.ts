/** Reads a request's members the way an AWS JSON 1.1 front end does, with AWS's own words for what is wrong. */
import type { z } from "zod";
import { AwsError, notImplemented } from "./errors.ts";
import type { JsonObject } from "./service.ts";

/**
 * Returns the members, typed. Throws `AwsError` with `code` when a member breaks a constraint, with
 * `SerializationException` when it has the wrong type, and NotImplemented when the simulator does not know it.
 * https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html
 */
export function readInput<S extends z.ZodType>(
  schema: S,
  input: JsonObject,
  code: string,
  operation: string,
): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      throw notImplemented(
        `the member ${[...issue.path, ...issue.keys.slice(0, 1)].join(".")} of ${operation}`,
      );
    }
    if (issue.code === "invalid_type" && issue.input !== undefined && issue.input !== null) {
      throw new AwsError(
        "SerializationException",
        `${memberName(issue.path)} must be of type ${issue.expected}`,
      );
    }
  }
  const count = issues.length === 1 ? "1 validation error" : `${issues.length} validation errors`;
  throw new AwsError(code, `${count} detected: ${issues.map(describeIssue).join("; ")}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const value = issue.input === undefined || issue.input === null ? "null" : `'${shortValue(issue.input)}'`;
  return `Value ${value} at '${memberName(issue.path)}' failed to satisfy constraint: ${constraint(issue)}`;
}

function constraint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return "Member must not be null";
    case "too_small":
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case "too_big":
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    case "invalid_format":
      return `Member must satisfy regular expression pattern: ${issue.pattern ?? issue.format}`;
    case "invalid_value":
      return issue.input === undefined
        ? "Member must not be null"
        : `Member must satisfy enum value set: [${issue.values.join(", ")}]`;
    default:
      return issue.message;
  }
}

function measure(origin: string): string {
  return origin === "number" || origin === "int" ? "value" : "length";
}

/** AWS names members in its messages with a small first letter: `labels.2`. */
function memberName(path: readonly PropertyKey[]): string {
  const name = path.map(String).join(".");
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Long or structured values are cut, so that an error never repeats a whole request. */
function shortValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

/** AWS's opaque paging tokens: whatever the service wants back, unreadable to clients. */
export function encodeToken(value: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** What `encodeToken` was given; null when the text is not one of its tokens. */
export function decodeToken(token: string): (string | number)[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (!Array.isArray(value)) return null;
    return value.every((part) => typeof part === "string" || typeof part === "number") ? value : null;
  } catch {
    return null;
  }
}
