import { S3Client } from "@aws-sdk/client-s3";
import { FolderStore } from "./folder-store.ts";
import { S3Store } from "./s3-store.ts";
import type { EvidenceStore } from "./store.ts";

/** What somebody asked to have verified cannot be: the message says why and what to do. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

const S3_URI =
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(?:incidents(?:\/(?:(INC-[1-9]\d*)\/?)?)?)?)?$/;

/**
 * Opens `s3://bucket/incidents/INC-42`, `s3://bucket` (all its incidents), or a folder with a copy of either.
 * @throws TargetError when there is no incident there, or when `offline` and the target is a bucket.
 */
export async function openTarget(
  target: string,
  options: { offline: boolean; now: () => Date },
): Promise<{ store: EvidenceStore; incidents: string[] }> {
  if (!target.startsWith("s3:")) return openFolder(target);
  const match = S3_URI.exec(target);
  if (!match)
    throw new TargetError(`${target} is not an incident. Write s3://<bucket>/incidents/INC-<number>.`);
  const [, bucket = "", incident] = match;
  if (options.offline)
    throw new TargetError(
      `${target} is not on this machine. Copy it first (aws s3 sync ${target} <folder>), then verify the folder.`,
    );
  const s3 = new S3Client({ followRegionRedirects: true, maxAttempts: 8 });
  const store = new S3Store(s3, bucket, options.now);
  const incidents = incident === undefined ? await store.incidents() : [incident];
  if (incidents.length === 0) throw new TargetError(`s3://${bucket} holds no incident.`);
  if (incident !== undefined && (await store.list(incident)).length === 0)
    throw new TargetError(`s3://${bucket} holds nothing of ${incident}.`);
  return { store, incidents };
}

async function openFolder(folder: string): Promise<{ store: EvidenceStore; incidents: string[] }> {
  const store = await FolderStore.at(folder);
  if (!store)
    throw new TargetError(
      `${folder} holds no incident: neither incidents/INC-<number>, nor ledger and captures of one.`,
    );
  return { store, incidents: await store.incidents() };
}
