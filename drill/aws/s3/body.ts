/** Request bodies: taken in as a stream, decoded from aws-chunked, and checked against every digest the client sent. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { notImplemented } from "../errors.ts";
import type { Blob, BlobStore } from "./blobs.ts";
import {
  ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checkFormat,
  createHasher,
  DEFAULT_ALGORITHM,
  headerName,
  parseAlgorithm,
} from "./checksums.ts";
import { decodeAwsChunked } from "./chunked.ts";
import { invalidRequest, S3Error } from "./errors.ts";
import { header } from "./request.ts";

/** CompleteMultipartUpload with 10,000 parts and their checksums is the longest. */
const TEXT_LIMIT_BYTES = 4 * 1024 * 1024;
export const FIVE_GIB = 5 * 1024 ** 3;
const STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

export interface ReceivedBody {
  blob: Blob;
  /** Hexadecimal. */
  md5: string;
  checksum: Checksum;
  /** Whether the client sent a Content-MD5 or a checksum. */
  verified: boolean;
}

interface Declared {
  algorithm: ChecksumAlgorithm;
  /** Null when it comes in the trailer. */
  value: string | null;
}

export interface BodyOptions {
  /** The checksum to compute when the client names none; S3's own default when absent. */
  otherwise?: ChecksumAlgorithm;
  /** The headers that speak of the body; all the message's when absent. */
  headers?: IncomingHttpHeaders;
}

/**
 * Stores the body. Throws BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, IncompleteBody and the like, and
 * keeps nothing then.
 */
export async function receiveBody(
  message: IncomingMessage,
  blobs: BlobStore,
  { otherwise = DEFAULT_ALGORITHM, headers = message.headers }: BodyOptions = {},
): Promise<ReceivedBody> {
  const declared = declaredChecksum(headers);
  const contentMd5 = declaredMd5(headers);
  const length = declaredLength(headers);
  const trailers = new Map<string, string>();
  const algorithm = declared?.algorithm ?? otherwise;
  const [md5, sha256, hasher] = [createHash("md5"), createHash("sha256"), createHasher(algorithm)];
  const payloadHash = signedPayloadHash(headers);

  const writer = blobs.writer();
  try {
    let size = 0;
    for await (const chunk of bodyOf(message, trailers)) {
      size += chunk.length;
      if (size > length) break;
      md5.update(chunk);
      hasher.update(chunk);
      if (payloadHash !== null) sha256.update(chunk);
      await writer.write(chunk);
    }
    if (size !== length) {
      throw new S3Error(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        400,
      );
    }
    if (payloadHash !== null && sha256.digest("hex") !== payloadHash) {
      throw new S3Error(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        400,
      );
    }
    const hexMd5 = md5.digest("hex");
    if (contentMd5 !== null && contentMd5 !== hexMd5) {
      throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.", 400);
    }
    const value = hasher.digest().toString("base64");
    if (declared) verify(declared, value, trailers);
    const checksum: Checksum = { algorithm, value, type: "FULL_OBJECT" };
    return {
      blob: await writer.finish(),
      md5: hexMd5,
      checksum,
      verified: contentMd5 !== null || declared !== null,
    };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** A body small enough to hold: the XML and JSON documents of the configuration calls. Checked as any other. */
export async function receiveText(
  message: IncomingMessage,
  blobs: BlobStore,
  { limit = TEXT_LIMIT_BYTES, ...options }: BodyOptions & { limit?: number } = {},
): Promise<string> {
  if (declaredLength(message.headers) > limit) {
    throw new S3Error("MaxMessageLengthExceeded", "Your request was too big.", 400);
  }
  const { blob } = await receiveBody(message, blobs, options);
  const chunks: Buffer[] = [];
  for await (const chunk of blobs.read(blob)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function bodyOf(message: IncomingMessage, trailers: Map<string, string>): AsyncIterable<Buffer> {
  return header(message.headers, "x-amz-content-sha256") === STREAMING
    ? decodeAwsChunked(message, trailers)
    : (message as AsyncIterable<Buffer>);
}

function signedPayloadHash(headers: IncomingHttpHeaders): string | null {
  const hash = header(headers, "x-amz-content-sha256") ?? "";
  if (hash === "UNSIGNED-PAYLOAD" || hash === STREAMING) return null;
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  if (hash.startsWith("STREAMING-")) throw notImplemented(`the payload signing ${hash}`);
  throw invalidRequest("Missing required header for this request: x-amz-content-sha256");
}

function declaredLength(headers: IncomingHttpHeaders): number {
  const text = header(headers, "x-amz-decoded-content-length") ?? header(headers, "content-length");
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
  }
  if (Number(text) <= FIVE_GIB) return Number(text);
  throw new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, {
    details: { ProposedSize: text, MaxSizeAllowed: String(FIVE_GIB) },
  });
}

function declaredMd5(headers: IncomingHttpHeaders): string | null {
  const value = header(headers, "content-md5");
  if (value === undefined) return null;
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === 16 && bytes.toString("base64") === value) return bytes.toString("hex");
  throw new S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.", 400);
}

/** The checksum that the headers announce; null when there is none. */
function declaredChecksum(headers: IncomingHttpHeaders): Declared | null {
  const inHeader = ALGORITHMS.filter((algorithm) => headers[headerName(algorithm)] !== undefined);
  const inTrailer = (header(headers, "x-amz-trailer") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (inHeader.length + inTrailer.length > 1) {
    throw invalidRequest(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  }
  const [algorithm] = inHeader;
  if (algorithm) {
    const value = header(headers, headerName(algorithm)) ?? "";
    checkFormat(algorithm, value);
    return { algorithm, value };
  }
  const [trailer] = inTrailer;
  if (trailer === undefined) return null;
  return { algorithm: parseAlgorithm(trailer.toLowerCase().replace("x-amz-checksum-", "")), value: null };
}

function verify(
  { algorithm, value }: Declared,
  computed: string,
  trailers: ReadonlyMap<string, string>,
): void {
  const expected = value ?? trailers.get(headerName(algorithm));
  if (expected === undefined) {
    throw new S3Error(
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to our published schema.",
      400,
    );
  }
  if (value === null) checkFormat(algorithm, expected);
  if (expected !== computed) {
    throw new S3Error(
      "BadDigest",
      `The ${algorithm} you specified did not match the calculated checksum.`,
      400,
    );
  }
}
