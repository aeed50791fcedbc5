import { resolve } from "node:path";
import { badInput } from "../../errors.ts";
import type { EntryData } from "../../incident/entries.ts";
import { stepsToConfirm } from "../../incident/manual-steps.ts";
import { codeBlock, codeSpan } from "../../incident/markdown.ts";
import { personBehind } from "../../incident/person.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { confirm, confirmation } from "./confirm.ts";
import type { ConfirmStepInputs } from "./inputs.ts";

const LONGEST_AGO_MS = 366 * 24 * 3_600_000;

/**
 * Records that a person has done a step which nothing but a person can see: who, when, with a note, and who says so.
 * Where people do all of an incident's containment, the last of its steps contains it.
 * @throws FirebreakError before anything is written for a step that the incident does not have, that shows itself to be
 *   done in another way, or that somebody has confirmed already, and for a moment that cannot be.
 */
export async function run(inputs: ConfirmStepInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const at = momentOf(inputs, deps.clock.now());
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const said = { ...inputs, at, person: await personBehind(deps) };
  if (inputs.dryRun) {
    const data = await confirmation(deps, record, said);
    deps.log.info(`dry run  would confirm ${data.step}, done by ${data.by} at ${data.at}`);
    await deps.summary(`### Dry run: nothing is recorded\n\n${confirmed(data)}`);
    return outputs(record, data);
  }
  const data = await confirm(deps, record, said);
  await record.project();
  await deps.summary(`### ${record.id}: ${codeSpan(data.step)} is confirmed\n\n${confirmed(data)}`);
  return outputs(record, data);
}

/** When it was done. @throws FirebreakError for a moment that is still to come, or lies more than a year back. */
function momentOf({ doneAt }: ConfirmStepInputs, now: Date): Date {
  const at = doneAt ?? now;
  if (at > now)
    throw badInput("done-at", `lies in the future: ${at.toISOString()}`, "Give the moment when it was done.");
  if (at.getTime() < now.getTime() - LONGEST_AGO_MS)
    throw badInput("done-at", `lies more than a year back: ${at.toISOString()}`, "Check the year.");
  return at;
}

function confirmed({ text, by, at, note, confirmedBy, verdict }: EntryData<"step-confirmed">): string {
  return [
    codeBlock(text),
    "",
    ...(verdict === undefined ? [] : [`Found: **${verdict}**`, ""]),
    `Done by ${codeSpan(by)} at ${at}, confirmed by ${codeSpan(confirmedBy.login)} (${codeSpan(confirmedBy.name)}):`,
    "",
    codeBlock(note),
    "",
  ].join("\n");
}

function outputs(record: IncidentRecord, { at, confirmedBy }: EntryData<"step-confirmed">): Outputs {
  const open = stepsToConfirm(record.chain, record.runbook).filter(({ by }) => !by);
  return {
    "confirmed-by": confirmedBy.login,
    "done-at": at,
    "open-steps": open.map(({ id }) => id).join(","),
  };
}
