import type { EntryData } from "../incident/entries.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { attest } from "./attestation/attest.ts";
import { tallyBySource } from "./item-list.ts";
import { type CaptureManifest, readManifest, type SealedCapture } from "./manifest.ts";
import { sealedComment } from "./sealed-comment.ts";
import { deadlineOf } from "./sweep/deadline.ts";

/**
 * Ledger entry, signature and comment. Each is written once, so a run that was killed in between makes up for it.
 * The entry comes first: nobody has to wait for a time-stamp to contain.
 *
 * `addsTo` is the ordinary capture that a supplementary one adds to.
 */
export async function announce(
  deps: RecordDeps,
  record: IncidentRecord,
  sealed: SealedCapture,
  addsTo?: SealedCapture,
): Promise<void> {
  const { capture, manifest, key, sha256, versionId } = sealed;
  const tallyOf = tallyBySource(manifest.items);
  const data: EntryData<"capture-sealed"> = {
    capture,
    manifestKey: key,
    manifestSha256: sha256,
    manifestVersionId: versionId,
    complete: manifest.complete,
    items: manifest.items.length,
    bytes: manifest.items.reduce((sum, { size }) => sum + size, 0),
    sources: manifest.sources.map(({ source, status, gaps }) => ({
      source,
      status,
      items: tallyOf(source).items,
      gaps: gaps.length,
    })),
    ...(addsTo ? { supplements: addsTo.capture } : {}),
    awaited: awaitedOf(record, manifest, (addsTo ?? sealed).manifest.sealedAt),
  };
  await record.append("capture-sealed", data, `capture-sealed/${capture}`);
  const signed = await attest(deps, record, sealed);
  await record.comment(`capture-sealed/${capture}`, sealedComment(record.vault.bucket, sealed, signed));
}

/**
 * Signs and time-stamps what is sealed and announced and, by the ledger, is not: KMS or every authority refused then,
 * or the run was killed. The sweep does this each time, whatever else is left to do, for what the runbook asks for now.
 * A capture that is no longer what was announced is not signed.
 */
export async function signUnsigned(deps: RecordDeps, record: IncidentRecord): Promise<void> {
  for (const { data } of record.all("capture-sealed")) {
    const { capture, manifestSha256 } = data;
    if (isSigned(record, capture)) continue;
    const sealed = await readManifest(record.vault, record.id, capture);
    if (!sealed || sealed.sha256 !== manifestSha256) {
      deps.log.error(`${record.id}  capture ${capture} is not what was announced: it is not signed`);
      continue;
    }
    const signed = await attest(deps, record, sealed);
    await record.comment(`capture-sealed/${capture}`, sealedComment(record.vault.bucket, sealed, signed));
  }
}

/** Whether it was tried, and there is of it what the runbook names a key or an authority for. */
function isSigned(record: IncidentRecord, capture: string): boolean {
  const tries = record.all("capture-signed").filter(({ data }) => data.capture === capture);
  const stamped = (record.runbook.evidence.timestamp_authorities ?? []).length > 0;
  return (
    tries.length > 0 &&
    (record.target.signingKey === null || tries.some(({ data }) => data.signature !== null)) &&
    (!stamped || tries.some(({ data }) => data.timestamp !== null))
  );
}

/** Of each source that is not final: what of it is still to come or missing, and until when the sweep looks for it. */
function awaitedOf(
  { runbook }: IncidentRecord,
  { sources }: CaptureManifest,
  since: string,
): NonNullable<EntryData<"capture-sealed">["awaited"]> {
  return sources.flatMap(({ source, status, gaps, pending = [] }) => {
    if (status === "complete" && pending.length === 0) return [];
    const things = [...pending, ...gaps];
    const times = pending.map(({ expectedBy }) => expectedBy);
    const known = times.filter((time) => time !== null).sort();
    const expectedBy = gaps.length === 0 && known.length === times.length ? (known.at(-1) ?? null) : null;
    const until = deadlineOf(runbook, source, since).toISOString();
    return [{ source, what: things[0]?.what ?? source, things: things.length, expectedBy, until }];
  });
}
