import type { SourceContext } from "../context.ts";
import { DigestSet } from "../digest-set.ts";
import type { Gap } from "../source-schema.ts";
import { windowEnd } from "./audit-scope.ts";
import { STRAY } from "./audit-strays.ts";
import { type AuditVersion, versionName } from "./audit-versions.ts";

/** How a gap or what is pending names a version, as `versionName` does. */
const NAMES_VERSION = /^(s3:\/\/.*)\?versionId=([^?]+)$/s;

/** What the earlier captures lack: the versions and delete markers that a supplementary capture is for. */
export class Lacking {
  readonly #collected = new DigestSet();
  readonly #markers = new Set<string>();
  readonly #bucket: string;
  readonly #until: number | null;
  /** Whether the bucket's policy is documented already. */
  policy = false;
  /** What an earlier capture holds without a SHA-256 of the whole. */
  readonly composite: string[] = [];
  /**
   * What earlier captures named and none holds, by name: it is missing until it is copied, even when it is listed no
   * more. So are objects outside the key layout that somebody may have removed since.
   */
  readonly missing = new Map<string, Gap>();

  constructor(context: SourceContext) {
    this.#bucket = context.target.auditBucket;
    this.#until = context.earlier.length === 0 ? null : windowEnd(context).getTime();
    for (const { manifest } of context.earlier) {
      for (const { source, key, origin, method, sha256 } of manifest.items) {
        if (source !== "audit-logs") continue;
        if (method === "copy" && sha256 === null) this.composite.push(origin.uri);
        if (origin.versionId !== undefined) this.#collected.add(`${origin.uri} ${origin.versionId}`);
        else if (/\/s3\/audit-bucket-policy(~\d+)?\.json$/.test(key)) this.policy = true;
      }
      for (const source of manifest.sources) {
        if (source.source !== "audit-logs") continue;
        for (const { key, versionId } of source.deleteMarkers) this.#markers.add(`${key} ${versionId}`);
        for (const { what, why } of [...source.gaps, ...(source.pending ?? [])]) {
          if (NAMES_VERSION.test(what) || why.includes(STRAY)) this.missing.set(what, { what, why });
        }
      }
    }
    for (const what of this.missing.keys()) {
      const [, uri, versionId] = NAMES_VERSION.exec(what) ?? [];
      if (this.#collected.has(`${uri} ${versionId}`)) this.missing.delete(what);
    }
  }

  /** Whether an earlier capture has it. */
  isCollected({ key, versionId }: Pick<AuditVersion, "key" | "versionId">): boolean {
    return this.#collected.has(`s3://${this.#bucket}/${key} ${versionId}`);
  }

  /**
   * Whether a version of this object is for this capture. What came after the window's end is not, unless it was
   * written over an object of the window.
   */
  isWanted(version: AuditVersion, ofObject: readonly AuditVersion[]): boolean {
    if (this.isCollected(version)) return false;
    if (this.missing.has(`s3://${this.#bucket}/${versionName(version)}`)) return true;
    const until = this.#until;
    return until === null || ofObject.some(({ lastModified }) => lastModified.getTime() <= until);
  }

  isNewMarker({ key, versionId }: { key: string; versionId: string }): boolean {
    return !this.#markers.has(`${key} ${versionId}`);
  }
}
