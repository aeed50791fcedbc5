import type { Aws } from "../../ports.ts";
import type { SourceContext } from "../context.ts";
import { copyIntoCapture } from "../copy-object.ts";
import type { CopyOrigin } from "../copy-order.ts";
import { itemKey, safePath } from "../keys.ts";
import type { Gap, ManifestItem } from "../source-schema.ts";
import type { FoundTrail } from "./trail-found.ts";
import { type HeldFile, TRAIL_FOLDER } from "./trail-held.ts";
import type { ListedFile } from "./trail-listing.ts";
import type { TimeRange } from "./trail-lookup.ts";
import type { TrailPlace } from "./trail-names.ts";
import type { ReadFrom } from "./trail-read.ts";

/** One region's files of the trail on their way into the capture: what digest and log files share. */

/** "Each hour, CloudTrail also creates and delivers a file that references the log files for the last hour". */
export const DIGEST_MS = 3_600_000;
/** A log file unpacks to a few megabytes. */
export const FILES_AT_ONCE = 16;
export const GONE = "is gone from the bucket; an earlier capture holds it";

/** What one region's files of the trail came to. */
export interface RegionFiles {
  region: string;
  items: ManifestItem[];
  /** What is missing, or not as it was delivered. */
  gaps: Gap[];
  /** What is wrong with the trail's files, missing or not. */
  problems: Gap[];
  /** Log files that should be there: listed in the bucket, or in a digest. */
  expectedLogFiles: number;
  logFiles: number;
  digestFiles: number;
  /** The time that the digest chain vouches for, in milliseconds. */
  from: number | null;
  through: number | null;
  /** Log files that no digest vouches for yet. */
  unvouched: number;
  /** Management events of the log files: id, and time in milliseconds. */
  events: Map<string, number>;
}

export interface Region {
  context: SourceContext;
  trail: FoundTrail;
  place: TrailPlace;
  /** The client that reads the trail's bucket. */
  s3: Aws["s3"];
  window: TimeRange;
  held: ReadonlyMap<string, HeldFile>;
  result: RegionFiles;
}

export type Detail = Record<string, number | string>;

/** Copies a file as it was listed, unless an earlier capture holds it. What fails is noted. */
export async function copy(region: Region, file: ListedFile, detail: Detail): Promise<void> {
  const { context, result, held, trail } = region;
  if (held.get(uriOf(trail, file.key))?.item.origin.etag === file.etag) return;
  const { at: _, older: __, ...origin } = file;
  const destination = itemKey(`${context.folder}${TRAIL_FOLDER}`, safePath(file.key));
  try {
    const order = { ...(origin satisfies CopyOrigin), source: "cloudtrail", destination };
    const item = await copyIntoCapture(context, order);
    result.items.push({ ...item, detail: { ...item.detail, ...detail } });
  } catch (error) {
    const { name, message } = error as Error;
    note(region, { what: file.key, why: `could not be copied: ${name}: ${message}` }, true);
  }
}

/** Where a file can be read: where it lies, else where an earlier capture keeps it. */
export function sourceOf(region: Region, key: string, listed: ListedFile | undefined): ReadFrom | undefined {
  const { s3, held, context, trail } = region;
  if (listed) return { s3, bucket: listed.bucket, key, versionId: listed.versionId, etag: listed.etag };
  const item = held.get(uriOf(trail, key))?.item;
  if (!item) return undefined;
  return {
    s3: context.vault.s3,
    bucket: context.vault.bucket,
    key: item.key,
    versionId: item.versionId ?? undefined,
  };
}

export function uriOf({ bucket }: FoundTrail, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** Notes a problem; with `missing` it is a gap in the evidence too. */
export function note({ result }: Region, problem: Gap, missing: boolean): void {
  result.problems.push(problem);
  if (missing) result.gaps.push(problem);
}
