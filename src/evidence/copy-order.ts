import type { SourceContext } from "./context.ts";

/** What is to be copied into a capture, and what it has become. */

/** An object as it was listed: what is copied is this, or the copy fails. */
export interface CopyOrigin {
  bucket: string;
  key: string;
  /** Pins what is copied; in a bucket without versions the ETag alone does. */
  versionId?: string;
  size: number;
  /** As S3 gives it, with its quotation marks. */
  etag: string;
  lastModified: Date;
}

export interface CopyOrder extends CopyOrigin {
  /** The source that the item belongs to, for example `cloudtrail`. */
  source: string;
  /** Full key in the vault. */
  destination: string;
}

/** What the copy is, once it is there. */
export interface Copied {
  versionId: string | null;
  /** Hexadecimal; null when S3 gives a composite checksum only. */
  sha256: string | null;
  collectedAt: Date;
  composite?: string;
}

/** What copying needs of a source's context. */
export type CopyContext = Pick<SourceContext, "aws" | "vault" | "clock" | "scheduler"> & {
  /** The keys that lie in the vault already. */
  present: { has(key: string): boolean };
};

/** Names the source for CopyObject and UploadPartCopy: this key, this version, only with this ETag. */
export function copySource(origin: CopyOrigin): { CopySource: string; CopySourceIfMatch: string } {
  const key = origin.key.split("/").map(encodeURIComponent).join("/");
  const version = origin.versionId === undefined ? "" : `?versionId=${encodeURIComponent(origin.versionId)}`;
  return { CopySource: `${origin.bucket}/${key}${version}`, CopySourceIfMatch: origin.etag };
}
