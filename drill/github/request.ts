/** Reads a request's URL and its JSON body. */
import type { IncomingMessage } from "node:http";
import { GitHubError } from "./errors.ts";
import type { JsonObject } from "./types.ts";

/** Far more than any operation of the simulator takes. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** The request's absolute URL; the base itself for a target that makes no URL. */
export function requestUrl(base: string, { url = "/" }: IncomingMessage): URL {
  return new URL(URL.canParse(base + url) ? base + url : base);
}

/** The parsed body; undefined when there is none. Throws 400 and 413 as GitHub does. */
export async function readJson(request: IncomingMessage): Promise<JsonObject | unknown[] | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BYTES) throw new GitHubError(413, "Payload Too Large");
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  const value = parse(Buffer.concat(chunks).toString("utf8"));
  if (typeof value !== "object" || value === null) {
    throw new GitHubError(400, "Body should be a JSON object");
  }
  return value as JsonObject | unknown[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
}
