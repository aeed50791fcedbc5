/** A bucket's state: its configuration, its objects with all their versions, its unfinished uploads. */
import { randomBytes } from "node:crypto";
import type { XmlObject } from "../xml.ts";
import type { Blob } from "./blobs.ts";
import type { Checksum, ChecksumAlgorithm, ChecksumType } from "./checksums.ts";
import type { BucketPolicy } from "./policy.ts";
import { SortedKeys } from "./sorted-keys.ts";

export type LockMode = "GOVERNANCE" | "COMPLIANCE";

export interface Retention {
  mode: LockMode;
  /** Milliseconds since the epoch, UTC. */
  until: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
export interface LockConfiguration {
  /** What new versions get when the request names no retention. */
  defaultRetention: { mode: LockMode; days: number } | null;
}

/** What a client says of an object when it writes it, and gets back when it reads it. */
export interface ObjectAttributes {
  /** `content-type` and the like, by lower-case header name. */
  headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-*`, without the prefix. */
  metadata: Readonly<Record<string, string>>;
  storageClass: string;
  /** The `x-amz-server-side-encryption*` headers of the answers. */
  encryption: Readonly<Record<string, string>>;
}

export interface PartSummary {
  partNumber: number;
  size: number;
  checksum: Checksum | null;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion extends ObjectAttributes {
  /** `null` in a bucket that never had versioning. */
  versionId: string;
  /** Whole seconds, in milliseconds since the epoch, UTC. */
  lastModified: number;
  deleteMarker: boolean;
  blob: Blob;
  /** Without quotes. */
  etag: string;
  checksum: Checksum | null;
  /** For an object put together from parts. */
  parts: readonly PartSummary[] | null;
  retention: Retention | null;
  legalHold: boolean;
}

export interface UploadedPart {
  blob: Blob;
  /** MD5 in hexadecimal. */
  etag: string;
  checksum: Checksum | null;
  lastModified: number;
}

export interface MultipartUpload extends ObjectAttributes {
  uploadId: string;
  key: string;
  initiated: number;
  initiator: string;
  algorithm: ChecksumAlgorithm;
  checksumType: ChecksumType;
  /** False when S3 chose the algorithm, so that parts need not carry checksums. */
  algorithmRequested: boolean;
  retention: Retention | null;
  legalHold: boolean;
  parts: Map<number, UploadedPart>;
}

export class Bucket {
  readonly name: string;
  readonly createdAt: number;
  readonly versioned: boolean;
  readonly lock: LockConfiguration | null;
  readonly uploads = new Map<string, MultipartUpload>();
  policy: BucketPolicy | null = null;
  /** Lifecycle rules as GetBucketLifecycleConfiguration shows them. Nothing here expires by them. */
  lifecycle: readonly XmlObject[] = [];
  readonly #keys = new SortedKeys();
  /** Oldest version first. */
  readonly #versions = new Map<string, ObjectVersion[]>();

  constructor(name: string, createdAt: number, versioned: boolean, lock: LockConfiguration | null) {
    this.name = name;
    this.createdAt = createdAt;
    this.versioned = versioned;
    this.lock = lock;
  }

  /** The keys that have any version, from the first for which `reached` holds, in S3's order. */
  keysFrom(reached: (key: string) => boolean): Generator<string, undefined> {
    return this.#keys.from(reached);
  }

  /** All versions and delete markers of a key, oldest first. */
  versions(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  /** The newest version, which may be a delete marker. */
  newest(key: string): ObjectVersion | undefined {
    return this.#versions.get(key)?.at(-1);
  }

  /** The newest version unless it is a delete marker. */
  current(key: string): ObjectVersion | undefined {
    const newest = this.newest(key);
    return newest?.deleteMarker ? undefined : newest;
  }

  /** A version id that no other version has; `null` without versioning. */
  nextVersionId(): string {
    return this.versioned ? randomBytes(24).toString("base64url") : "null";
  }

  /** Makes this the newest version of the key; without versioning it replaces the object. */
  add(key: string, version: ObjectVersion): void {
    const versions = this.#versions.get(key);
    if (!versions) {
      this.#versions.set(key, [version]);
      this.#keys.add(key);
    } else if (this.versioned) versions.push(version);
    else versions.splice(0, versions.length, version);
  }

  /** Removes one version for good. */
  remove(key: string, versionId: string): void {
    const versions = this.#versions.get(key);
    const index = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (!versions || index < 0) return;
    versions.splice(index, 1);
    if (versions.length > 0) return;
    this.#versions.delete(key);
    this.#keys.delete(key);
  }
}
