import { resolve } from "node:path";
import { FirebreakError } from "../../errors.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { RecordAttestationInputs } from "./inputs.ts";

const NONE = "GitHub made none: repositories that are not public have them on GitHub Enterprise Cloud only";

/**
 * Records in the ledger that GitHub attested a capture's manifest, or that it did not: a gap by name. It checks nothing
 * of the attestation itself, `gh attestation verify` does.
 * @throws FirebreakError `not-sealed` when the ledger knows no such manifest.
 */
export async function run(inputs: RecordAttestationInputs, deps: ActionDeps): Promise<Outputs> {
  const { capture, manifestSha256, url } = inputs;
  const { log, context } = deps;
  const runbook = await loadRunbook(resolve(context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const sealed = record
    .all("capture-sealed")
    .some(({ data }) => data.capture === capture && data.manifestSha256 === manifestSha256);
  if (!sealed)
    throw new FirebreakError(
      "not-sealed",
      `The ledger of ${record.id} has no capture ${capture} with the manifest ${manifestSha256}.`,
      "Give capture and manifest-sha256 as preserve put them out, in the same run.",
    );
  const outcome = url === undefined ? `is not attested by GitHub. ${NONE}.` : `is attested by GitHub: ${url}`;
  if (url === undefined) log.warning(`Capture ${capture} ${outcome}`);
  else log.info(`Capture ${capture} ${outcome}`);
  if (inputs.dryRun) return { attested: String(url !== undefined) };

  const key = `capture-attested/${capture}`;
  if (url === undefined) {
    const missing = `${key}/missing/${context.runId}/${context.runAttempt}`;
    await record.append("capture-attested", { capture, manifestSha256, url: null, why: NONE }, missing);
  } else {
    await record.append("capture-attested", { capture, manifestSha256, url, why: null }, key);
  }
  await record.project();
  await deps.summary(`## Attestation\n\n${codeSpan(`Capture ${capture} ${outcome}`, 2500)}\n`);
  return { attested: String(url !== undefined) };
}
