import type { FoundTrail } from "./trail-found.ts";

/**
 * The names of a trail's files
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html#cloudtrail-log-filename-format,
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
 * Anybody who may write to the bucket chooses names there: one of another form is no file of the trail.
 */

export type FileKind = "CloudTrail" | "CloudTrail-Digest";

export interface TrailPlace {
  trail: Pick<FoundTrail, "name" | "homeRegion" | "prefix">;
  /** The account whose events they are. */
  accountId: string;
  /** `o-…`, which stands in the keys of an organization's trail. */
  organizationId: string | null;
  region: string;
}

const DAY_MS = 86_400_000;

/** The folders of the days from `from` to `to`, in milliseconds: `prefix/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/`. */
export function dayFolders(place: TrailPlace, kind: FileKind, from: number, to: number): string[] {
  const { accountId, organizationId, region, trail } = place;
  const organization = organizationId === null ? "" : `${organizationId}/`;
  const base = `${logsFolder(trail)}${organization}${accountId}/${kind}/${region}/`;
  const folders: string[] = [];
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day <= to; day += DAY_MS)
    folders.push(`${base}${new Date(day).toISOString().slice(0, 10).replaceAll("-", "/")}/`);
  return folders;
}

/** `prefix/AWSLogs/`. */
export function logsFolder({ prefix }: Pick<FoundTrail, "prefix">): string {
  return `${prefix === "" ? "" : `${prefix}/`}AWSLogs/`;
}

/** When a log file was delivered, to the minute, by its name; undefined when it has no log file's name. */
export function logFileTime(place: TrailPlace, name: string): number | undefined {
  const { accountId, region } = place;
  const start = `${accountId}_CloudTrail_${region}_`;
  const match = name.startsWith(start)
    ? /^(\d{8}T\d{4})Z_[A-Za-z0-9]+\.json\.gz$/.exec(name.slice(start.length))
    : null;
  return match ? parseTime(`${match[1]}00`) : undefined;
}

/** The end of the time that a digest file covers, by its name; undefined when it is no digest of this trail. */
export function digestFileTime(
  place: TrailPlace,
  name: string,
): { end: number; backfill: boolean } | undefined {
  const { accountId, region, trail } = place;
  const start = `${accountId}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_`;
  const match = name.startsWith(start)
    ? /^(\d{8}T\d{6})Z(_backfill)?\.json\.gz$/.exec(name.slice(start.length))
    : null;
  const end = match ? parseTime(match[1] ?? "") : undefined;
  return end === undefined ? undefined : { end, backfill: match?.[2] !== undefined };
}

/** `20261121T101530`; undefined when there is no such time. */
function parseTime(text: string): number | undefined {
  const at = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6Z"));
  return Number.isNaN(at) ? undefined : at;
}
