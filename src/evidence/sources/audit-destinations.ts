import { headObject } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import { itemKey, safePath } from "../keys.ts";
import { patiently } from "../patience.ts";
import { type AuditVersion, byKey } from "./audit-versions.ts";

export interface PlannedCopy {
  version: AuditVersion;
  /** Full key in the vault. */
  destination: string;
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
): AsyncGenerator<PlannedCopy> {
  for await (const { key, versions: group } of byKey(versions)) {
    const plain = await holderOfPlainKey(context, key, group);
    for (const version of group) {
      yield {
        version,
        destination: destination(context, key, version === plain ? "" : `@${version.versionId}`),
      };
    }
  }
}

async function holderOfPlainKey(
  context: SourceContext,
  key: string,
  group: readonly AuditVersion[],
): Promise<AuditVersion | undefined> {
  const plainKey = destination(context, key, "");
  const current = group.find((version) => version.current);
  if (!context.present.has(plainKey)) return current;
  if (group.length === 1) return group[0];
  const copy = await patiently(context.clock, () => headObject(context.vault, plainKey));
  return copy
    ? group.find(({ lastModified }) => lastModified.getTime() <= copy.lastModified.getTime())
    : current;
}

function destination(context: SourceContext, key: string, suffix: string): string {
  return itemKey(`${context.folder}audit-logs/`, safePath(key), suffix);
}
