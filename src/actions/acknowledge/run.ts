import { resolve } from "node:path";
import { acknowledge, takenBy, timeToAcknowledge } from "../../incident/acknowledgement.ts";
import { codeBlock, codeSpan } from "../../incident/markdown.ts";
import { personBehind } from "../../incident/person.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { AcknowledgeInputs } from "./inputs.ts";

/**
 * Records that whoever started the run takes the incident: nobody is told again, and the issue says who has it.
 * @throws FirebreakError before anything is written where there is no such incident, or nothing left to take.
 */
export async function run(inputs: AcknowledgeInputs, deps: ActionDeps): Promise<Outputs> {
  const { context, log } = deps;
  const runbook = await loadRunbook(resolve(context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const by = await personBehind(deps);
  const note = inputs.note ?? null;
  if (inputs.dryRun) {
    log.info(`Dry run: ${by.login} would take ${record.id}; nothing is recorded.`);
    return outputsOf(record);
  }
  const written = await acknowledge(record, { by, note, key: `acknowledged/${context.runId}` });
  await record.project();
  log.info(written ? `${by.login} has taken ${record.id}` : `${by.login} had taken ${record.id} already`);
  await deps.summary(
    [
      `## ${record.id} is taken by ${codeSpan(by.login, 60)} (${codeSpan(by.name, 120)})`,
      ...(note === null ? [] : [codeBlock(note)]),
      "",
    ].join("\n\n"),
  );
  return outputsOf(record);
}

function outputsOf({ chain }: IncidentRecord): Outputs {
  const time = timeToAcknowledge(chain);
  return {
    "taken-by": takenBy(chain)?.data.by.login ?? "",
    seconds: time === null ? "" : String(Math.round(time / 1000)),
  };
}
