/** The simulated S3's state, and how a drill seeds, watches and exports it. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Account } from "../call.ts";
import { type Blob, BlobStore, concatenate, zeros } from "./blobs.ts";
import { Bucket, type LockConfiguration, type ObjectVersion, type Retention } from "./bucket.ts";
import { BlobDigests } from "./checksums.ts";
import { noSuchBucket } from "./errors.ts";
import { parsePolicy } from "./policy.ts";

export interface BucketSeed {
  /** On when absent. A bucket with Object Lock always has versioning. */
  versioning?: boolean;
  /** Null or absent: no Object Lock. */
  lock?: LockConfiguration | null;
  /** A policy document. */
  policy?: object;
}

export interface ObjectSeed {
  /** Milliseconds since the epoch, UTC; now when absent. */
  lastModified?: number;
  contentType?: string;
  metadata?: Readonly<Record<string, string>>;
  retention?: Retention | null;
}

/** How many object bytes a principal was sent, by bucket and operation. */
export interface BytesOut {
  principal: string;
  bucket: string;
  operation: string;
  bytes: number;
}

const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_ENCRYPTION = { "x-amz-server-side-encryption": "AES256" };
const NO_METADATA = {};

export class S3Store {
  readonly account: Account;
  readonly blobs: BlobStore;
  readonly digests: BlobDigests;
  readonly #buckets = new Map<string, Bucket>();
  readonly #bytesOut = new Map<string, BytesOut>();

  /** Bodies go into `directory`; a temporary folder of its own when absent. `close` removes it. */
  constructor(account: Account, directory?: string) {
    this.account = account;
    this.blobs = new BlobStore(directory);
    this.digests = new BlobDigests(this.blobs);
  }

  createBucket(name: string, { versioning = true, lock = null, policy }: BucketSeed = {}): Bucket {
    const bucket = new Bucket(name, this.now(), versioning || lock !== null, lock);
    if (policy) bucket.policy = parsePolicy(JSON.stringify(policy));
    this.#buckets.set(name, bucket);
    return bucket;
  }

  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws NoSuchBucket. */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  /** Now, to the whole second, as S3 dates objects. */
  now(): number {
    return Math.floor(this.account.clock.now() / 1000) * 1000;
  }

  /** Puts an object as if it had been written at `lastModified`, without any call. It has no stored checksum. */
  seedObject(bucketName: string, key: string, body: string | Buffer, seed: ObjectSeed = {}): ObjectVersion {
    const bucket = this.bucket(bucketName);
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const lastModified = Math.floor((seed.lastModified ?? this.now()) / 1000) * 1000;
    const version: ObjectVersion = {
      versionId: bucket.nextVersionId(),
      lastModified,
      deleteMarker: false,
      blob: this.blobs.put(bytes),
      etag: createHash("md5").update(bytes).digest("hex"),
      checksum: null,
      parts: null,
      headers: { "content-type": seed.contentType ?? "application/octet-stream" },
      metadata: seed.metadata ?? NO_METADATA,
      storageClass: "STANDARD",
      encryption: DEFAULT_ENCRYPTION,
      retention: seed.retention === undefined ? defaultRetention(bucket, lastModified) : seed.retention,
      legalHold: false,
    };
    bucket.add(key, version);
    return version;
  }

  /** Hides an object behind a delete marker. Its versions stay. */
  seedDeleteMarker(bucketName: string, key: string): ObjectVersion {
    const bucket = this.bucket(bucketName);
    const marker: ObjectVersion = {
      versionId: bucket.nextVersionId(),
      lastModified: this.now(),
      deleteMarker: true,
      blob: { size: 0, extents: [] },
      etag: "",
      checksum: null,
      parts: null,
      headers: {},
      metadata: NO_METADATA,
      storageClass: "STANDARD",
      encryption: {},
      retention: null,
      legalHold: false,
    };
    bucket.add(key, marker);
    return marker;
  }

  /** An object of gigabytes, as if it had been put together from parts: so many zeros, and a few bytes at the end. */
  seedLargeObject(
    bucketName: string,
    key: string,
    body: { zeros: number; tail: string },
    seed: ObjectSeed = {},
  ): ObjectVersion {
    const version = this.seedObject(bucketName, key, body.tail, seed);
    version.blob = concatenate([zeros(body.zeros), version.blob]);
    version.etag = `${version.etag}-2`;
    return version;
  }

  /** `seedObject` for many; bodies may be made as they are needed. Returns how many there were. */
  seedMany(
    bucketName: string,
    objects: Iterable<{ key: string; body: string | Buffer } & ObjectSeed>,
  ): number {
    let count = 0;
    for (const { key, body, ...seed } of objects) {
      this.seedObject(bucketName, key, body, seed);
      count++;
    }
    return count;
  }

  /** The bytes of an object's current version, for a drill's own checks. Throws when there is none. */
  async readObject(bucketName: string, key: string): Promise<Buffer> {
    const version = this.bucket(bucketName).current(key);
    if (!version) throw new Error(`no object ${bucketName}/${key}`);
    const chunks: Buffer[] = [];
    for await (const chunk of this.blobs.read(version.blob)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The keys of a bucket's current objects that begin with the prefix, in S3's order. */
  *currentKeys(bucketName: string, prefix = ""): Generator<string, undefined> {
    const bucket = this.bucket(bucketName);
    for (const key of bucket.keysFrom(() => true)) {
      if (key.startsWith(prefix) && bucket.current(key)) yield key;
    }
  }

  /** Writes the bucket's current objects as files under their keys. Returns how many. */
  async exportTo(bucketName: string, directory: string): Promise<number> {
    const bucket = this.bucket(bucketName);
    let count = 0;
    for (const key of this.currentKeys(bucketName)) {
      const version = bucket.current(key);
      if (!version) continue;
      const path = join(directory, ...key.split("/").map(safeSegment));
      await mkdir(dirname(path), { recursive: true });
      await this.#writeFile(version.blob, path);
      count++;
    }
    return count;
  }

  countBytesOut(principal: string, bucket: string, operation: string, bytes: number): void {
    const key = `${principal} ${bucket} ${operation}`;
    const row = this.#bytesOut.get(key) ?? { principal, bucket, operation, bytes: 0 };
    row.bytes += bytes;
    this.#bytesOut.set(key, row);
  }

  /** Object bytes that left through the API, by principal, bucket and operation. */
  bytesOut(): readonly BytesOut[] {
    return [...this.#bytesOut.values()];
  }

  async close(): Promise<void> {
    await this.blobs.close();
  }

  async #writeFile(blob: Blob, path: string): Promise<void> {
    await pipeline(Readable.from(this.blobs.read(blob), { objectMode: false }), createWriteStream(path));
  }
}

/** What the bucket's default gives a version made at this time. */
export function defaultRetention(bucket: Bucket, createdAt: number): Retention | null {
  const rule = bucket.lock?.defaultRetention;
  return rule ? { mode: rule.mode, until: createdAt + rule.days * DAY_MS } : null;
}

/** A key's segment as a file name: what a file system would take for something else is percent-encoded. */
function safeSegment(segment: string): string {
  if (segment === "") return "%2F";
  if (segment === "." || segment === "..") return segment.replaceAll(".", "%2E");
  return segment.replaceAll("\0", "%00").replaceAll("\\", "%5C");
}
