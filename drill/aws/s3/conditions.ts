/** Conditional requests. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
import type { IncomingHttpHeaders } from "node:http";
import { notImplemented } from "../errors.ts";
import type { Bucket, ObjectVersion } from "./bucket.ts";
import { noSuchKey, preconditionFailed, S3Error } from "./errors.ts";
import { header } from "./request.ts";

/**
 * Checks the conditions of a write against what the key holds at this moment: call it in the same turn of the
 * event loop as the write. Throws PreconditionFailed, or NoSuchKey for If-Match on nothing.
 */
export function checkWriteConditions(bucket: Bucket, key: string, headers: IncomingHttpHeaders): void {
  const current = bucket.current(key);
  const ifNoneMatch = header(headers, "if-none-match");
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*") throw notImplemented("If-None-Match with anything but * on a write");
    if (current) throw preconditionFailed("If-None-Match");
  }
  const ifMatch = header(headers, "if-match");
  if (ifMatch === undefined) return;
  if (!current) throw noSuchKey(key);
  if (!matches(ifMatch, current)) throw preconditionFailed("If-Match");
}

/** Checks the conditions of a read. Throws PreconditionFailed (412) or NotModified (304). */
export function checkReadConditions(version: ObjectVersion, headers: IncomingHttpHeaders): void {
  const [ifMatch, ifNoneMatch] = [header(headers, "if-match"), header(headers, "if-none-match")];
  const modifiedSince = date(header(headers, "if-modified-since"));
  const unmodifiedSince = date(header(headers, "if-unmodified-since"));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version)) throw preconditionFailed("If-Match");
  } else if (version.lastModified > unmodifiedSince) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, version)) throw notModified(version);
  } else if (version.lastModified <= modifiedSince) {
    throw notModified(version);
  }
}

/** Checks `x-amz-copy-source-if-*`. Throws PreconditionFailed for each that does not hold. */
export function checkSourceConditions(version: ObjectVersion, headers: IncomingHttpHeaders): void {
  const value = (condition: string) => header(headers, `x-amz-copy-source-if-${condition}`);
  const [ifMatch, ifNoneMatch] = [value("match"), value("none-match")];
  const unmodifiedSince = date(value("unmodified-since"));
  const modifiedSince = date(value("modified-since"));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version)) throw preconditionFailed("x-amz-copy-source-If-Match");
  } else if (version.lastModified > unmodifiedSince) {
    throw preconditionFailed("x-amz-copy-source-If-Unmodified-Since");
  }
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, version)) {
    throw preconditionFailed("x-amz-copy-source-If-None-Match");
  }
  if (version.lastModified <= modifiedSince) throw preconditionFailed("x-amz-copy-source-If-Modified-Since");
}

function matches(condition: string, { etag }: ObjectVersion): boolean {
  return condition.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^"|"$/g, "") === etag);
}

/** NaN, which compares false with everything, for an absent or unreadable date: HTTP ignores those. */
function date(value: string | undefined): number {
  return Date.parse(value ?? "");
}

function notModified({ etag }: ObjectVersion): S3Error {
  return new S3Error("NotModified", "Not Modified", 304, { headers: { etag: `"${etag}"` } });
}
