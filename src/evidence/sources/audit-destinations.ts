import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { isMissing } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import { itemKey, safePath } from "../keys.ts";
import { patiently } from "../patience.ts";
import { type AuditVersion, byKey } from "./audit-versions.ts";

export interface PlannedCopy {
  version: AuditVersion;
  /** Full key in the vault. */
  destination: string;
}

export interface PlanOptions {
  /** Which versions of an object are to be copied at all; every one when absent. */
  wanted?: (version: AuditVersion, ofObject: readonly AuditVersion[]) => boolean;
  /** Whether a batch job has copied this version to the plain key. */
  inBatch?: (version: AuditVersion) => boolean;
}

/**
 * Where each version goes: the current one under its own key, the others with `@<version id>`.
 *
 * When an interrupted run has copied what was current then, that version keeps the plain key, whatever is current now.
 * `versions` come as S3 lists them: by key, newest first.
 */
export async function* planCopies(
  context: SourceContext,
  versions: Iterable<AuditVersion>,
  { wanted = () => true, inBatch = () => false }: PlanOptions = {},
): AsyncGenerator<PlannedCopy> {
  for await (const { key, versions: all } of byKey(versions)) {
    const group = all.filter((version) => wanted(version, all));
    const plain = group.find(inBatch) ?? (await holderOfPlainKey(context, key, group));
    for (const version of group)
      yield { version, destination: destinationOf(context, version, version !== plain) };
  }
}

/** The key in the vault for a version: the object's own, or one that names the version. */
export function destinationOf(context: SourceContext, version: AuditVersion, named: boolean): string {
  const suffix = named ? `@${version.versionId}` : "";
  return itemKey(`${context.folder}audit-logs/`, safePath(version.key), suffix);
}

/**
 * Undefined when nobody can tell which of several versions lies there: then each is copied under its version id, and
 * what lies there is a stray item.
 */
async function holderOfPlainKey(
  context: SourceContext,
  key: string,
  group: readonly AuditVersion[],
): Promise<AuditVersion | undefined> {
  const plainKey = itemKey(`${context.folder}audit-logs/`, safePath(key));
  const current = group.find((version) => version.current);
  if (!context.present.has(plainKey)) return current;
  if (group.length === 1) return group[0];
  const copy = await patiently(context.clock, () => head(context, plainKey));
  if (!copy) return current;
  return group.find(({ etag, size }) => etag === copy.ETag && size === copy.ContentLength);
}

async function head({ aws, vault }: SourceContext, Key: string) {
  try {
    return await aws.s3.send(new HeadObjectCommand({ Bucket: vault.bucket, Key }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
