/** Changes a sealed capture as somebody might who has power over the vault, or as a capture might be that went badly. */

import type { Manifest } from "../../../src/evidence/manifest.ts";
import { sealedCaptures } from "../../../src/evidence/manifest.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import { sha256 } from "../../../src/vault/digest.ts";
import type { Ready } from "./ready.ts";

/** The incident's record for a job of the run. */
export async function recordOf({ world, run, incident }: Ready): Promise<IncidentRecord> {
  const deps = world.deps(world.job(run, "somebody", "evidence"));
  const runbook = world.workspace.runbook();
  return IncidentRecord.open(deps, runbook, world.target.environment, Number(incident));
}

/** The capture was sealed like that: the ledger says so, too. */
export async function sealedAs(ready: Ready, edit: (manifest: Manifest) => void): Promise<void> {
  const { record, sealed, manifest } = await newest(ready);
  edit(manifest);
  const bytes = JSON.stringify(manifest);
  ready.world.platform.aws.s3.seedObject(record.vault.bucket, sealed.key, bytes);
  const entry = record.all("capture-sealed").findLast(({ data }) => data.capture === sealed.capture);
  if (!entry) throw new Error("the capture is not in the ledger");
  const data = { ...entry.data, manifestSha256: sha256(bytes) };
  await record.append("capture-sealed", data, `capture-sealed/${sealed.capture}/as-it-was`);
}

/** The seal is gone from where it was: what it sealed is no capture any more. */
export async function unsealed(ready: Ready): Promise<void> {
  const { record, sealed } = await newest(ready);
  ready.world.platform.aws.s3.seedDeleteMarker(record.vault.bucket, sealed.key);
}

/** The capture is sealed, and nobody told the ledger. */
export async function unrecorded(ready: Ready): Promise<void> {
  const { record, sealed, manifest } = await newest(ready);
  const { s3 } = ready.world.platform.aws;
  const capture = `${sealed.capture}-9`;
  const key = sealed.key.replace(sealed.capture, capture);
  s3.seedObject(record.vault.bucket, key, JSON.stringify({ ...manifest, capture }));
  s3.seedDeleteMarker(record.vault.bucket, sealed.key);
}

/** The label has another text; the manifest knows of it or does not. */
export async function relabelled(ready: Ready, text: string, knowing: boolean): Promise<void> {
  const { record, manifest } = await newest(ready);
  ready.world.platform.aws.s3.seedObject(record.vault.bucket, manifest.label.key, text);
  if (!knowing) return;
  await sealedAs(ready, (one) => {
    one.label.sha256 = sha256(text);
  });
}

/** What the label says now. */
export async function labelOf(ready: Ready): Promise<Record<string, unknown>> {
  const { record, manifest } = await newest(ready);
  const body = await ready.world.platform.aws.s3.readObject(record.vault.bucket, manifest.label.key);
  return JSON.parse(body.toString("utf8"));
}

async function newest(ready: Ready) {
  const record = await recordOf(ready);
  const [sealed] = await sealedCaptures(record.vault, record.id);
  if (!sealed) throw new Error("no capture is sealed");
  const body = await ready.world.platform.aws.s3.readObject(record.vault.bucket, sealed.key);
  return { record, sealed, manifest: JSON.parse(body.toString("utf8")) as Manifest };
}
