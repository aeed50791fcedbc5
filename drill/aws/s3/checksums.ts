/** S3's checksums. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AwsError } from "../errors.ts";
import { type Blob, type BlobStore, lengthOfZeros } from "./blobs.ts";

export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends in `-` and the number of parts. */
  value: string;
  type: ChecksumType;
}

/** What S3 computes when the client names no algorithm. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = "CRC64NVME";

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export const ALGORITHMS = Object.keys(DIGEST_BYTES) as ChecksumAlgorithm[];

export interface Hasher {
  update(chunk: Buffer): void;
  /** Once only. */
  digest(): Buffer;
}

export function createHasher(algorithm: ChecksumAlgorithm | "MD5"): Hasher {
  if (algorithm === "CRC32C") return createCrc32c();
  if (algorithm === "CRC64NVME") return createCrc64();
  if (algorithm === "CRC32") {
    let crc = 0;
    return {
      update: (chunk) => {
        crc = crc32(chunk, crc);
      },
      digest: () => uint32(crc),
    };
  }
  return createHash(algorithm.toLowerCase());
}

/** The algorithm that a header's or a trailer's value names. Throws InvalidRequest for any other. */
export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const algorithm = ALGORITHMS.find((name) => name === text.toUpperCase());
  if (algorithm) return algorithm;
  throw new AwsError(
    "InvalidRequest",
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
  );
}

export function headerName(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function elementName(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** Throws InvalidRequest when the value cannot be this algorithm's. */
export function checkFormat(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === DIGEST_BYTES[algorithm] && bytes.toString("base64") === value) return;
  throw new AwsError("InvalidRequest", `Value for ${headerName(algorithm)} header is invalid.`);
}

/** The checksum of checksums that S3 gives an object of several parts. */
export function compositeOf(algorithm: ChecksumAlgorithm, partValues: readonly string[]): Checksum {
  const hasher = createHasher(algorithm);
  hasher.update(Buffer.concat(partValues.map((value) => Buffer.from(value, "base64"))));
  return {
    algorithm,
    value: `${hasher.digest().toString("base64")}-${partValues.length}`,
    type: "COMPOSITE",
  };
}

/** Digests of stored bodies, each computed once however often the body is copied. */
export class BlobDigests {
  readonly #blobs: BlobStore;
  readonly #known = new WeakMap<Blob, Map<string, Promise<Buffer>>>();
  /** By algorithm and length: gigabytes of zeros are hashed once for all their slices. */
  readonly #zeros = new Map<string, Promise<Buffer>>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  of(blob: Blob, algorithm: ChecksumAlgorithm | "MD5"): Promise<Buffer> {
    const known = this.#known.get(blob) ?? new Map<string, Promise<Buffer>>();
    this.#known.set(blob, known);
    const digest = known.get(algorithm) ?? this.#compute(blob, algorithm);
    known.set(algorithm, digest);
    return digest;
  }

  async full(blob: Blob, algorithm: ChecksumAlgorithm): Promise<Checksum> {
    return { algorithm, value: (await this.of(blob, algorithm)).toString("base64"), type: "FULL_OBJECT" };
  }

  async #compute(blob: Blob, algorithm: ChecksumAlgorithm | "MD5"): Promise<Buffer> {
    const length = lengthOfZeros(blob);
    if (length === null) return this.#hash(blob, algorithm);
    const name = `${algorithm} ${length}`;
    const digest = this.#zeros.get(name) ?? this.#hash(blob, algorithm);
    this.#zeros.set(name, digest);
    return digest;
  }

  async #hash(blob: Blob, algorithm: ChecksumAlgorithm | "MD5"): Promise<Buffer> {
    const hasher = createHasher(algorithm);
    for await (const chunk of this.#blobs.read(blob)) hasher.update(chunk);
    return hasher.digest();
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function createCrc32c(): Hasher {
  let crc = 0xffffffff;
  return {
    update: (chunk) => {
      for (const byte of chunk) crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0);
    },
    digest: () => uint32(~crc),
  };
}

/** CRC-64/NVME, reflected polynomial 0x9a6c9329ac4bc9b5, in two halves: BigInt would be far slower. */
const CRC64_HIGH = new Uint32Array(256);
const CRC64_LOW = new Uint32Array(256);
for (let index = 0; index < 256; index++) {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  CRC64_HIGH[index] = Number(value >> 32n);
  CRC64_LOW[index] = Number(value & 0xffffffffn);
}

function createCrc64(): Hasher {
  let [high, low] = [0xffffffff, 0xffffffff];
  return {
    update: (chunk) => {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] ?? 0);
        high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
      }
    },
    digest: () => Buffer.concat([uint32(~high), uint32(~low)]),
  };
}
