import { resolve } from "node:path";
import { describeError } from "../../errors.ts";
import { attach } from "../../evidence/attach.ts";
import { preserve } from "../../evidence/capture.ts";
import type { SealedCapture } from "../../evidence/manifest.ts";
import { sealedComment } from "../../evidence/sealed-comment.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import type { CaptureSource } from "../../runbook/evidence-schema.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { PreserveInputs } from "./inputs.ts";

/**
 * Preserves an incident's evidence. Changes nothing but the vault, the ledger, the issue, and the label on the
 * parameter's version. With `attach` it adds what somebody has delivered instead. An incomplete capture is sealed all the same and warned of; the gate reads what is missing.
 * @throws FirebreakError `capture-failed` when nothing could be collected or the capture could not be sealed.
 */
export async function run(inputs: PreserveInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const sources = inputs.sources ?? runbook.evidence.collect;
  if (inputs.dryRun)
    return inputs.attach ? dryAttach(deps, record, inputs.attach) : dryRun(deps, record, sources);
  try {
    const sealed = inputs.attach
      ? await attach(deps, record, { from: inputs.attach, note: inputs.attachNote })
      : await preserve(deps, record, sources);
    warnOfGaps(deps, sealed);
    await deps.summary(
      `## Preserve\n\n${sealedComment(record.vault.bucket, sealed, signatureOf(record, sealed))}\n`,
    );
    return outputsOf(record, sealed);
  } catch (error) {
    await deps.summary(`## Preserve: failed\n\n${codeSpan(describeError(error), 2000)}\n`);
    throw error;
  } finally {
    await record.project();
  }
}

async function dryRun(
  deps: ActionDeps,
  record: IncidentRecord,
  sources: readonly CaptureSource[],
): Promise<Outputs> {
  const { target, facts, vault, id } = record;
  const where: Record<CaptureSource, string> = {
    "cloudwatch-logs": `the log group ${target.logGroup}`,
    "audit-logs": `s3://${target.auditBucket}/${target.auditLayout}`,
    ecs: `the service ${target.service} in ${target.cluster}`,
    "ssm-parameter": `the parameter ${target.parameter}, whose current version would be labelled`,
    cloudtrail: `the event history of ${target.region} and of the global services`,
    "github-actions": `the workflow runs of ${deps.context.owner}/${deps.context.repo}`,
    "entra-sign-in": `the sign-ins of ${target.application}, ${howSignIns(record)}`,
    "iam-role": `the role ${facts.principal ?? "(none is named)"}, if it is one`,
  };
  return announceDry(deps, [
    `Would preserve ${id} into s3://${vault.bucket}/incidents/${id}/captures/, from ${facts.window.from} to now:`,
    ...sources.map((source) => `${source}: ${where[source]}`),
  ]);
}

function dryAttach(
  deps: ActionDeps,
  { id, vault }: IncidentRecord,
  places: readonly string[],
): Promise<Outputs> {
  const lines = places.map((place) => `entra-sign-in: ${place}`);
  return announceDry(deps, [`Would add to ${id}'s newest capture in s3://${vault.bucket}:`, ...lines]);
}

async function announceDry(deps: ActionDeps, lines: readonly string[]): Promise<Outputs> {
  for (const line of lines) deps.log.info(line);
  await deps.summary(
    `## Preserve: dry run\n\n${lines.map((line) => `- ${codeSpan(line, 1200)}`).join("\n")}\n`,
  );
  return {};
}

function howSignIns({ runbook }: IncidentRecord): string {
  return runbook.entra?.sign_in_logs === "graph"
    ? "from Microsoft Graph"
    : "requested from the identity team";
}

function warnOfGaps({ log }: ActionDeps, { capture, manifest }: SealedCapture): void {
  for (const { source, status, gaps } of manifest.sources) {
    if (status === "complete") continue;
    const [first] = gaps;
    const more = gaps.length > 1 ? ` and ${gaps.length - 1} more` : "";
    log.warning(
      `Capture ${capture}: ${source} is ${status}. ${first ? `${first.what}: ${first.why}` : ""}${more}`,
    );
  }
}

function signatureOf(record: IncidentRecord, { capture }: SealedCapture) {
  return record.all("capture-signed").findLast(({ data }) => data.capture === capture)?.data;
}

function outputsOf(record: IncidentRecord, { capture, manifest, key, sha256 }: SealedCapture): Outputs {
  return {
    capture,
    "manifest-uri": `s3://${record.vault.bucket}/${key}`,
    "manifest-sha256": sha256,
    complete: String(manifest.complete),
    items: String(manifest.items.length),
    bytes: String(manifest.items.reduce((sum, { size }) => sum + size, 0)),
  };
}
