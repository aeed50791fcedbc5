/**
 * Signature Version 4 in the Authorization header, checked as AWS does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Authorization {
  accessKeyId: string;
  /** `YYYYMMDD`. */
  date: string;
  region: string;
  service: string;
  signedHeaders: readonly string[];
  signature: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** The parts of an Authorization header; null when it is absent or of another scheme. */
export function parseAuthorization(header: string | undefined): Authorization | null {
  const match = AUTHORIZATION.exec(header ?? "");
  if (!match) return null;
  const [, accessKeyId = "", date = "", region = "", service = "", signedHeaders = "", signature = ""] =
    match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), signature };
}

/** Whether the request was signed with this secret. `payloadHash` is the hash as it stands in the canonical request. */
export function signatureMatches(
  request: IncomingMessage,
  authorization: Authorization,
  secretAccessKey: string,
  payloadHash: string,
): boolean {
  const { date, region, service, signature } = authorization;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    "AWS4-HMAC-SHA256",
    String(request.headers["x-amz-date"] ?? ""),
    scope,
    sha256(canonicalRequest(request, authorization, payloadHash)),
  ].join("\n");
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), "aws4_request");
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex"));
}

/** The `x-amz-date` of a request in milliseconds since the epoch; NaN when it has none or a wrong one. */
export function signedAt(request: IncomingMessage): number {
  const stamp = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers["x-amz-date"] ?? ""));
  if (!stamp) return Number.NaN;
  const [, year, month, day, hour, minute, second] = stamp;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function canonicalRequest(
  request: IncomingMessage,
  authorization: Authorization,
  payloadHash: string,
): string {
  const [path, query = ""] = splitOnce(request.url ?? "/", "?");
  const headers = authorization.signedHeaders.map((name) => {
    const values = request.headersDistinct[name] ?? [];
    return `${name}:${values.map((value) => value.trim().replace(/\s+/g, " ")).join(",")}\n`;
  });
  return [
    request.method,
    encodePath(path),
    canonicalQuery(query),
    headers.join(""),
    authorization.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .map((pair) => splitOnce(pair, "="))
    .map(([name, value = ""]) => ({
      name: encode(decodeURIComponent(name)),
      value: encode(decodeURIComponent(value)),
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

function encodePath(path: string): string {
  return path
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
}

/** RFC 3986 encoding: only unreserved characters stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function splitOnce(text: string, separator: string): [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** Lower-case hexadecimal SHA-256. */
export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
