/** An S3 request, taken apart. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { CallContext } from "../service.ts";
import type { Bucket } from "./bucket.ts";
import { invalidArgument, S3Error } from "./errors.ts";
import type { RequestShape } from "./operations.ts";
import type { S3Store } from "./store.ts";

const KEY_LIMIT_BYTES = 1024;

/** One request at the door: nothing is looked up yet. */
export interface S3Request extends RequestShape {
  readonly bucket: string;
  readonly key: string;
  readonly message: IncomingMessage;
}

/** One request in front of its bucket. */
export interface S3Call {
  readonly store: S3Store;
  readonly request: S3Request;
  readonly context: CallContext;
  readonly bucket: Bucket;
  readonly key: string;
}

/** Path-style addressing: `/bucket/key`. The key may hold slashes. Throws InvalidURI for a broken escape. */
export function parseRequest(message: IncomingMessage): S3Request {
  const [path = "/", queryText = ""] = (message.url ?? "/").split(/\?(.*)/s);
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(decode(path)) ?? [];
  const level = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  const query = new Map<string, string>();
  for (const pair of queryText.split("&").filter((text) => text !== "")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    query.set(decode(name), decode(value.replaceAll("+", " ")));
  }
  return { method: message.method ?? "", level, bucket, key, query, headers: message.headers, message };
}

/** Throws KeyTooLongError beyond 1,024 bytes of UTF-8. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) <= KEY_LIMIT_BYTES) return;
  throw new S3Error("KeyTooLongError", "Your key is too long", 400, {
    details: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(KEY_LIMIT_BYTES) },
  });
}

/** A header's value; undefined when absent. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** A whole number from the query, held down to `limit`. Throws InvalidArgument for anything else. */
export function pageSize(query: ReadonlyMap<string, string>, name: string, limit = 1000): number {
  const text = query.get(name);
  if (text === undefined) return limit;
  if (/^\d{1,10}$/.test(text)) return Math.min(limit, Number(text));
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

/** How keys are written in a listing: as they are, or for `encoding-type=url` encoded but for the slashes. */
export function keyEncoder(query: ReadonlyMap<string, string>): (key: string) => string {
  const encoding = query.get("encoding-type") ?? "";
  if (encoding === "") return (key) => key;
  if (encoding === "url")
    return (key) => encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error("InvalidURI", "Couldn't parse the specified URI.", 400);
  }
}
