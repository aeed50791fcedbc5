import type { SourceContext } from "../context.ts";
import { copyLane } from "../copy-object.ts";
import { ItemList } from "../item-list.ts";
import type { Gap } from "../source-schema.ts";
import type { BatchCopies } from "./audit-batch.ts";
import { copyVersion } from "./audit-copy.ts";
import type { PlannedCopy } from "./audit-destinations.ts";
import { versionName } from "./audit-versions.ts";

export function compositeGap(uri: string): Gap {
  return { what: uri, why: "no full-object SHA-256: above 5 GiB S3 gives a composite checksum only" };
}

/** The copies of one collection: what was copied, and what could not be. */
export class AuditCopies {
  readonly items = new ItemList();
  readonly gaps: Gap[] = [];
  bytes = 0;
  copied = 0;
  readonly #context: SourceContext;
  readonly #missing: Map<string, Gap>;
  #done = 0;

  /** `missing` is what earlier captures lack; what is copied is taken from it. */
  constructor(context: SourceContext, missing: Map<string, Gap>) {
    this.#context = context;
    this.#missing = missing;
  }

  /**
   * Copies what is planned, side by side. What a batch job has copied is looked at instead, and copied all the same
   * where it is not there. A version that cannot be copied is a gap.
   */
  async copy(planned: AsyncIterable<PlannedCopy>, total: number, batch?: BatchCopies): Promise<void> {
    await copyLane(this.#context.scheduler).each(planned, async ({ version, destination }) => {
      const byBatch = batch?.has(version) ?? false;
      const what = `s3://${this.#context.target.auditBucket}/${versionName(version)}`;
      const context = byBatch ? { ...this.#context, present: new Set([destination]) } : this.#context;
      try {
        const item = await copyVersion(context, version, destination);
        const detail = batch && byBatch ? { ...item.detail, batchJob: batch.job.jobId } : item.detail;
        this.items.push(detail ? { ...item, detail } : item);
        this.copied += 1;
        this.#missing.delete(what);
        this.bytes += item.size;
        if (item.sha256 === null) this.gaps.push(compositeGap(item.origin.uri));
      } catch (error) {
        this.gaps.push({ what, why: `${(error as Error).name}: ${(error as Error).message}` });
      }
      this.#done += 1;
      this.#context.progress({ unit: "objects", done: this.#done, total });
    });
  }
}
