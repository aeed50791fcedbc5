import { resolve } from "node:path";
import { FirebreakError } from "../../errors.ts";
import { incidentId } from "../../incident/ledger.ts";
import { codeBlock } from "../../incident/markdown.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { resolveVault } from "../../runbook/target.ts";
import { S3Store } from "../../verify/s3-store.ts";
import { describeReport, type Report, verify } from "../../verify/verify.ts";
import { openIncidents } from "../open-incidents.ts";
import type { VerifyEvidenceInputs } from "./inputs.ts";

const SUMMARY_LIMIT = 60_000;

/**
 * Verifies the evidence of one incident, or of every open one that the environment's vault knows. Reads only.
 * @throws FirebreakError `not-verified` when something was tampered with or is missing, `could-not-check` when
 * something could not be read; the outputs are set all the same.
 */
export async function run(inputs: VerifyEvidenceInputs, deps: ActionDeps): Promise<Outputs> {
  const { clock, log } = deps;
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const { vault, region } = resolveVault(runbook, inputs.environment);
  const store = new S3Store(deps.aws(region).s3, vault, () => clock.now());
  const incidents =
    inputs.incident === undefined
      ? (await openIncidents(deps, new Set(await store.incidents()), inputs.environment)).map(incidentId)
      : [incidentId(inputs.incident)];
  const where = `s3://${vault}/incidents/`;
  if (inputs.dryRun || incidents.length === 0) {
    const would =
      incidents.length === 0 ? "There is no open incident" : `Would verify ${incidents.join(", ")}`;
    log.info(`${would} in ${where}.`);
    await deps.summary(`## Verify evidence\n\n${codeBlock(`${would} in ${where}.`)}\n`);
    return {};
  }
  for (const incident of incidents) log.info(`Verifying ${where}${incident} …`);
  const report = await verify(store, where, incidents, clock.now());
  const words = describeReport(report);
  log.info(words);
  await deps.summary(`## Verify evidence: ${report.verdict}\n\n${codeBlock(words, SUMMARY_LIMIT)}\n`);
  const outputs = { verdict: report.verdict, report: summaryJson(report) };
  if (report.verdict !== "verified") throw failure(report, inputs.environment, outputs);
  return outputs;
}

/** The report with lists short enough for an output: GitHub takes a megabyte from a job. */
function summaryJson(report: Report): string {
  const short = <Item>(list: readonly Item[]) => list.slice(0, 20);
  const incidents = report.incidents.map(({ captures, problems, unchecked, notes, ...incident }) => ({
    ...incident,
    captures: captures.map(({ capture, sealed, manifestSha256, complete }) => ({
      capture,
      sealed,
      manifestSha256,
      complete,
    })),
    problems: short(problems),
    unchecked: short(unchecked),
    notes: short(notes),
  }));
  return JSON.stringify({ ...report, incidents });
}

function failure(report: Report, environment: string, outputs: Outputs): FirebreakError {
  const bad = report.incidents.filter(({ verdict }) => verdict !== "verified");
  const names = bad.map(({ incident }) => incident).join(", ");
  const [first] = bad.flatMap(({ problems, unchecked }) => [...problems, ...unchecked]);
  if (report.verdict === "not-verified")
    return new FirebreakError(
      "not-verified",
      `The evidence of ${names} is not what was sealed. First: ${first?.message ?? ""}`,
      "Read the report above. The bucket keeps every version: compare them, and declare an incident of type audit-log-tampering (gh workflow run incident.yml) unless the cause is known.",
      { outputs },
    );
  return new FirebreakError(
    "could-not-check",
    `Not all of the evidence of ${names} could be read. First: ${first?.message ?? ""}`,
    `Give the evidence role of ${environment} what docs/evidence-format.md lists under "Verifying in the bucket", then run verify.yml again.`,
    { outputs },
  );
}
