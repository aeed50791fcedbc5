import { badInput, FirebreakError, quoted } from "../errors.ts";
import { captureFolder, type SealedCapture, sourceOf } from "../evidence/manifest.ts";
import { ownCaptures } from "../evidence/own-captures.ts";
import { type Chain, chainsOf } from "../evidence/sweep/chain.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { AuditObject } from "./objects.ts";

/** What is asked: sealed captures, and the audit objects in them. */
export interface Preserved {
  captures: readonly SealedCapture[];
  /** The folders in which their audit records lie. */
  folders: readonly { name: string; uri: string }[];
  bytes: number;
  objects: AuditObject[];
  /** Objects that were overwritten, or that several of the captures hold: every version of each. */
  overwritten: AuditObject[][];
  /** Items that cannot be verified, and gaps that the captures have themselves. */
  gaps: { what: string; why: string }[];
}

/**
 * The audit records that an incident's newest capture of them holds, or the one that `wanted` names, with what was
 * added to it later.
 * @throws FirebreakError `bad-input` for a capture that there is not; `no-capture` when none holds audit records;
 * `evidence-altered` when the ledger knows another manifest of it.
 */
export async function preservedRecords(
  record: IncidentRecord,
  wanted: string | undefined,
): Promise<Preserved> {
  const chains = chainsOf(await ownCaptures(record)).filter(({ captures }) =>
    captures.some(({ manifest }) => sourceOf(manifest, "audit-logs")),
  );
  const chain =
    wanted === undefined
      ? chains.at(-1)
      : chains.find(({ captures }) => captures.some(({ capture }) => capture === wanted));
  if (!chain) throw missing(record, chains, wanted);
  const { captures } = chain;
  for (const one of captures) checkSeal(record, one);
  return { captures, ...objectsOf(record, captures) };
}

function objectsOf(
  { vault, id }: IncidentRecord,
  captures: readonly SealedCapture[],
): Omit<Preserved, "captures"> {
  const withRecords = captures.filter(({ manifest }) => sourceOf(manifest, "audit-logs"));
  const byOrigin = new Map<string, AuditObject | AuditObject[]>();
  const gaps = captures.flatMap(({ manifest }) => sourceOf(manifest, "audit-logs")?.gaps ?? []);
  let bytes = 0;
  for (const { manifest } of captures) {
    for (const { source, method, key, versionId, size, sha256, origin } of manifest.items) {
      if (source !== "audit-logs" || method !== "copy") continue;
      bytes += size;
      if (sha256 === null) {
        gaps.push({
          what: `s3://${vault.bucket}/${key}`,
          why: "has no full-object SHA-256 to verify it by, so it is not read",
        });
        continue;
      }
      const object = { bucket: vault.bucket, key, versionId, size, sha256 };
      const before = byOrigin.get(origin.uri);
      byOrigin.set(origin.uri, before === undefined ? object : [before, object].flat());
    }
  }
  const all = [...byOrigin.values()];
  return {
    folders: withRecords.map(({ capture }) => ({
      name: `${id}_${capture}`,
      uri: `s3://${vault.bucket}/${captureFolder(id, capture)}audit-logs/`,
    })),
    bytes,
    objects: all.flatMap((one) => (Array.isArray(one) ? [] : [one])),
    overwritten: all.flatMap((one) => (Array.isArray(one) ? [one] : [])),
    gaps,
  };
}

/** The ledger says which manifest was sealed; what it does not know is no evidence. */
function checkSeal(record: IncidentRecord, { capture, sha256, key }: SealedCapture): void {
  const entry = record.all("capture-sealed").find(({ data }) => data.capture === capture);
  if (entry?.data.manifestSha256 === sha256) return;
  throw new FirebreakError(
    "evidence-altered",
    `The ledger of ${record.id} ${entry ? "knows another manifest than" : "does not know"} s3://${record.vault.bucket}/${key}.`,
    entry
      ? "Run verify.yml, and treat this as audit log tampering."
      : `Let the run that preserves finish, or run ${preserveCommand(record)}.`,
  );
}

function missing(
  record: IncidentRecord,
  chains: readonly Chain[],
  wanted: string | undefined,
): FirebreakError {
  if (wanted !== undefined && chains.length > 0) {
    const known = chains.map(({ first }) => first.capture).join(", ");
    return badInput(
      "capture",
      `is no sealed capture with audit records: ${quoted(wanted)}`,
      `Give one of ${known}.`,
    );
  }
  return new FirebreakError(
    "no-capture",
    `${record.id} has no sealed capture with audit records.`,
    `Run ${preserveCommand(record)} first.`,
  );
}
