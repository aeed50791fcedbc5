import type { Readable } from "node:stream";

/** Where evidence lies, as the verifier sees it: a bucket, or a folder into which one was copied. Reading only. */
export interface EvidenceStore {
  /** Every object of an incident, whatever it is called, in the order of the keys' UTF-8 bytes. */
  list(incident: string): Promise<StoredObject[]>;
  /** The incidents that have any object here, in order. */
  incidents(): Promise<string[]>;
  /** Opens one version. @throws UnreadableError when the store refuses. */
  open(object: StoredObject, version: StoredVersion): Promise<OpenedObject>;
  /** What the store does to keep objects as they are; undefined for a folder, which does nothing. */
  protection?: StoreProtection;
}

export interface StoredVersion {
  /** Null in a folder and in a bucket without versions. */
  versionId: string | null;
  size: number;
  lastModified: Date;
}

export interface StoredObject {
  /** `incidents/INC-42/…`. */
  key: string;
  /** Oldest first; empty when only delete markers are left. */
  versions: StoredVersion[];
  /** Version ids of delete markers. */
  deleteMarkers: string[];
  /** Why this is no object at all (a symbolic link, a device); null for an ordinary one. */
  irregular: string | null;
}

export interface OpenedObject {
  body: Readable;
  /** Undefined where nothing can be known about it: in a folder. */
  lock?: ObjectLock;
}

export interface ObjectLock {
  /** Until when the version cannot be deleted; null without retention. */
  retainUntil: Date | null;
  legalHold: boolean;
}

export interface StoreProtection {
  /** Whether the bucket has Object Lock at all, and what it gives to new objects by default. */
  bucket(): Promise<{ locked: boolean; defaultDays: number | null }>;
  now(): Date;
}

/** One object could not be read, although it is there. The rest of the verification goes on. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}
