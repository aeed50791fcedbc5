/**
 * One region's digest files of a trail: each lists the log files of an hour with their hashes, names the digest
 * before it, and is signed.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { createHash, sign } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { S3Store } from "./s3/store.ts";
import type { Trail } from "./trail.ts";
import { digestKey } from "./trail-keys.ts";
import { fileTime, folderOf } from "./trail-names.ts";
import { isoSecond } from "./trail-record.ts";

export interface DeliveredFile {
  bucket: string;
  key: string;
  deliveredAt: number;
  /** Of the uncompressed content. */
  sha256: string;
  /** ISO 8601, whole seconds. */
  oldestEventTime: string;
  newestEventTime: string;
}

interface Written {
  bucket: string;
  key: string;
  sha256: string;
  signature: string;
}

interface Hour {
  start: number;
  end: number;
}

const HOUR_MS = 3_600_000;

export class DigestChain {
  readonly #trail: Trail;
  readonly #region: string;
  readonly #accountId: string;
  readonly #store: S3Store;
  #files: DeliveredFile[] = [];
  #heldBack: { file: DeliveredFile; hour: Hour }[] = [];
  #period = 0;
  #start: number | null = null;
  #previous: Written | null = null;
  #previousBackfill: Written | null = null;

  constructor(trail: Trail, region: string, accountId: string, store: S3Store) {
    this.#trail = trail;
    this.#region = region;
    this.#accountId = accountId;
    this.#store = store;
  }

  add(file: DeliveredFile): void {
    this.#files.push(file);
  }

  /** Writes the digests that are due. The last one of a trail that was stopped ends with its last log file. */
  deliver(now: number, tickAfter: (at: number) => number): void {
    const { deliveryDelayMs, digestDelayMs, heldBack, validation } = this.#trail;
    for (;;) {
      const period = this.#trail.periods[this.#period];
      if (!period || !validation) break;
      const start = this.#start ?? period.from;
      const last =
        period.to === null ? Number.POSITIVE_INFINITY : tickAfter(period.to + deliveryDelayMs) + 1000;
      const end = Math.min(start + HOUR_MS, last);
      if (end + digestDelayMs > now) break;
      this.#digestHour({ start, end });
      this.#start = end < last ? end : null;
      if (end < last) continue;
      this.#period += 1;
      this.#previous = null;
    }
    if (heldBack && heldBack.backfillAt <= now) this.#backfill(heldBack.backfillAt);
  }

  #digestHour(hour: Hour): void {
    const { heldBack } = this.#trail;
    const files = this.#files.filter(({ deliveredAt }) => deliveredAt < hour.end);
    this.#files = this.#files.filter(({ deliveredAt }) => deliveredAt >= hour.end);
    const isHeld = ({ deliveredAt: at }: DeliveredFile) =>
      heldBack !== undefined && at >= heldBack.from && at <= heldBack.to;
    this.#heldBack.push(...files.filter(isHeld).map((file) => ({ file, hour })));
    const listed = files.filter((file) => !isHeld(file));
    this.#previous = this.#write(hour, listed, this.#previous, hour.end + this.#trail.digestDelayMs, null);
  }

  #backfill(generatedAt: number): void {
    for (let next = this.#heldBack[0]; next; next = this.#heldBack[0]) {
      const { hour } = next;
      const own = this.#heldBack.filter((one) => one.hour === hour);
      this.#heldBack = this.#heldBack.filter((one) => one.hour !== hour);
      const files = own.map(({ file }) => file);
      this.#previousBackfill = this.#write(hour, files, this.#previousBackfill, generatedAt, generatedAt);
    }
  }

  #write(
    hour: Hour,
    files: readonly DeliveredFile[],
    previous: Written | null,
    deliveredAt: number,
    backfilledAt: number | null,
  ): Written {
    const { bucket, name, homeRegion } = this.#trail;
    const { privateKey, fingerprint } = digestKey(this.#region);
    const suffix = backfilledAt === null ? "" : "_backfill";
    const file = `${this.#accountId}_CloudTrail-Digest_${this.#region}_${name}_${homeRegion}_${fileTime(hour.end)}${suffix}.json.gz`;
    const folder = folderOf(this.#trail, this.#accountId, "CloudTrail-Digest", this.#region, hour.end);
    const key = `${folder}${file}`;
    const text = JSON.stringify({
      awsAccountId: this.#accountId,
      digestStartTime: isoSecond(hour.start),
      digestEndTime: isoSecond(hour.end),
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: fingerprint,
      digestSignatureAlgorithm: "SHA256withRSA",
      newestEventTime: edge(files, "newestEventTime"),
      oldestEventTime: edge(files, "oldestEventTime"),
      previousDigestS3Bucket: previous?.bucket ?? null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.sha256 ?? null,
      previousDigestHashAlgorithm: previous ? "SHA-256" : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: files.map((one) => ({
        s3Bucket: one.bucket,
        s3Object: one.key,
        hashValue: one.sha256,
        hashAlgorithm: "SHA-256",
        newestEventTime: one.newestEventTime,
        oldestEventTime: one.oldestEventTime,
      })),
    });
    const sha256 = createHash("sha256").update(text).digest("hex");
    const toSign = `${isoSecond(hour.end)}\n${bucket}/${key}\n${sha256}\n${previous?.signature ?? "null"}`;
    const signature = sign("RSA-SHA256", Buffer.from(toSign), privateKey).toString("hex");
    this.#store.seedObject(bucket, key, gzipSync(text), {
      lastModified: deliveredAt,
      contentType: "application/json",
      metadata: {
        signature,
        "signature-algorithm": "SHA256withRSA",
        ...(backfilledAt === null ? {} : { "backfill-generation-timestamp": isoSecond(backfilledAt) }),
      },
    });
    return { bucket, key, sha256, signature };
  }
}

/** The oldest or newest event of all files; null when there is none. */
function edge(files: readonly DeliveredFile[], which: "oldestEventTime" | "newestEventTime"): string | null {
  const times = files.map((file) => file[which]).sort();
  return (which === "oldestEventTime" ? times[0] : times.at(-1)) ?? null;
}
