/** Bodies in and out over node:http. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Answer } from "./call.ts";

/** No JSON or form request that AWS accepts is larger. */
const BODY_LIMIT = 16 * 1024 * 1024;

/** A whole request body. Throws beyond `limit` bytes, which `whoever` would not take either. */
export async function readBody(
  request: IncomingMessage,
  limit = BODY_LIMIT,
  whoever = "AWS accepts",
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new Error(`the request body is larger than any that ${whoever}`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Sends an answer with these headers besides its own. */
export async function writeAnswer(
  { status, headers, body }: Answer,
  response: ServerResponse,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  if (typeof body === "string" || Buffer.isBuffer(body)) {
    const length = String(Buffer.byteLength(body));
    response.writeHead(status, { ...more, "content-length": length, ...headers });
    response.end(response.req.method === "HEAD" ? null : body);
    return;
  }
  response.writeHead(status, { ...more, ...headers });
  if (body === null) response.end();
  else await pipeline(Readable.from(body, { objectMode: false }), response);
}

/** Whether an error only says that the client went away. */
export function isDisconnect(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR"].includes(code);
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
