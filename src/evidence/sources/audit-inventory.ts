import { Spool } from "../spool.ts";
import type { AuditVersion } from "./audit-versions.ts";

/** A listing of the audit bucket, on the disk: gone through one version at a time, as often as needed. */
export class AuditInventory implements Iterable<AuditVersion> {
  readonly #spool = new Spool();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(version: AuditVersion): void {
    this.#spool.push(JSON.stringify({ ...version, lastModified: version.lastModified.getTime() }));
    this.#length += 1;
  }

  *[Symbol.iterator](): Generator<AuditVersion> {
    for (const line of this.#spool.lines()) {
      const stored = JSON.parse(line) as Omit<AuditVersion, "lastModified"> & { lastModified: number };
      yield { ...stored, lastModified: new Date(stored.lastModified) };
    }
  }
}
