/** Where a trail's files lie. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html */
import type { Trail } from "./trail.ts";
import { isoSecond } from "./trail-record.ts";

/** `prefix/AWSLogs/[o-…/]111122223333/CloudTrail/eu-west-1/2026/11/21/`. */
export function folderOf(trail: Trail, accountId: string, kind: string, region: string, at: number): string {
  const prefix = trail.prefix === null ? "" : `${trail.prefix}/`;
  const organization = trail.organizationId === null ? "" : `${trail.organizationId}/`;
  const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${prefix}AWSLogs/${organization}${accountId}/${kind}/${region}/${day}/`;
}

/** `20261121T101530Z`, as file names have it. */
export function fileTime(milliseconds: number): string {
  return isoSecond(milliseconds).replaceAll(/[-:]/g, "");
}
