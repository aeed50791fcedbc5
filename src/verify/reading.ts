import type { Readable } from "node:stream";
import { type Digested, digestStream, readAll } from "./digest.ts";
import type { Findings } from "./finding.ts";
import {
  type EvidenceStore,
  type ObjectLock,
  type StoredObject,
  type StoredVersion,
  UnreadableError,
} from "./store.ts";

/** A manifest of a million items is below this. */
const LARGEST_DOCUMENT = 512 * 1024 * 1024;

export interface SeenLock {
  key: string;
  lastModified: Date;
  lock: ObjectLock;
}

/** One incident's objects, read through one place that notes what was read and what could not be. */
export class Reading {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly findings: Findings;
  /** The locks of everything read from a bucket. */
  readonly locks: SeenLock[] = [];
  read = { objects: 0, bytes: 0 };
  readonly #store: EvidenceStore;

  constructor(store: EvidenceStore, objects: readonly StoredObject[], findings: Findings) {
    this.#store = store;
    this.objects = new Map(objects.map((object) => [object.key, object]));
    this.findings = findings;
  }

  /** A document's bytes; undefined when there is none or it cannot be read, which is noted. */
  async document(key: string, versionId: string | null = null): Promise<Buffer | undefined> {
    return this.#open(key, versionId, async (body) => {
      const bytes = await readAll(body, LARGEST_DOCUMENT);
      return { value: bytes, bytes: bytes.byteLength };
    });
  }

  /** An item's size and digests; undefined as for `document`. */
  async digest(
    key: string,
    versionId: string | null,
    options: { countLines?: boolean; parts?: number },
  ): Promise<Digested | undefined> {
    return this.#open(key, versionId, async (body) => {
      const value = await digestStream(body, options);
      return { value, bytes: value.size };
    });
  }

  async #open<Value>(
    key: string,
    versionId: string | null,
    use: (body: Readable) => Promise<{ value: Value; bytes: number }>,
  ): Promise<Value | undefined> {
    const object = this.objects.get(key);
    const version = object && this.#versionToRead(object, versionId);
    if (!object || !version) return undefined;
    try {
      const { body, lock } = await this.#store.open(object, version);
      const { value, bytes } = await use(body);
      this.read.objects += 1;
      this.read.bytes += bytes;
      if (lock) this.locks.push({ key, lastModified: version.lastModified, lock });
      return value;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.findings.notChecked("unreadable", key, `${key} is there and cannot be read: ${error.message}`);
      return undefined;
    }
  }

  /** The version that was sealed; without one by name, the oldest: what is written once was written first. */
  #versionToRead(object: StoredObject, versionId: string | null): StoredVersion | undefined {
    const oldest = object.versions[0];
    if (versionId === null || oldest === undefined || oldest.versionId === null) return oldest;
    const sealed = object.versions.find((version) => version.versionId === versionId);
    if (sealed) return sealed;
    this.findings.problem(
      "version-missing",
      object.key,
      `${object.key}: the sealed version ${versionId} is no longer in the bucket; another one stands in its place`,
    );
    return oldest;
  }
}
