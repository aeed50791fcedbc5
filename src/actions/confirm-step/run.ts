import { resolve } from "node:path";
import { badInput, FirebreakError, quoted } from "../../errors.ts";
import type { EntryData } from "../../incident/entries.ts";
import {
  containmentPlan,
  doneCommand,
  type ManualStep,
  manualStepsOf,
  stepsToConfirm,
} from "../../incident/manual-steps.ts";
import { codeBlock, codeSpan } from "../../incident/markdown.ts";
import { personBehind } from "../../incident/person.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
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
  const step = stepToConfirm(record, inputs.step, deps.context.runId);
  const person = await personBehind(deps);
  const data: EntryData<"step-confirmed"> = {
    step: step.id,
    text: step.text,
    by: inputs.doneBy ?? person.name,
    at: at.toISOString(),
    note: inputs.note,
    confirmedBy: person,
    planSha256: step.planSha256,
  };
  if (inputs.dryRun) {
    deps.log.info(`dry run  would confirm ${step.id}, done by ${data.by} at ${data.at}`);
    await deps.summary(`### Dry run: nothing is recorded\n\n${confirmed(data)}`);
    return outputs(record, data);
  }
  const key = `step-confirmed/${step.id}`;
  await record.append("step-confirmed", data, key);
  const entry = record.entries.find((one) => one.key === key);
  // Another run may have confirmed it between the look and the write.
  if (entry?.by.runId !== deps.context.runId) throw alreadyConfirmed(record, step.id);
  await containByHand(deps, record);
  await record.project();
  await deps.summary(`### ${record.id}: ${codeSpan(step.id)} is confirmed\n\n${confirmed(data)}`);
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

function stepToConfirm(record: IncidentRecord, id: string, runId: number): ManualStep {
  const steps = stepsToConfirm(record.entries, record.runbook);
  const step = steps.find((one) => one.id === id);
  if (!step) {
    const open = steps.filter(({ by, doneWhen }) => !by && doneWhen === null).map((one) => one.id);
    throw new FirebreakError(
      "unknown-step",
      `${record.id} has no step ${quoted(id)} for a person to confirm.`,
      open.length === 0 ? "None is open." : `Give one of ${open.join(", ")}.`,
    );
  }
  if (step.doneWhen !== null) {
    throw new FirebreakError(
      "step-shows-itself",
      `The step ${id} is not confirmed in words: the ledger's entry '${step.doneWhen}' shows it to be done.`,
      `Dispatch: ${doneCommand(step, record)}`,
    );
  }
  // A second attempt of the run that confirmed it goes on to the issue.
  if (step.by && step.by.by.runId !== runId) throw alreadyConfirmed(record, id);
  return step;
}

function alreadyConfirmed(record: IncidentRecord, id: string): FirebreakError {
  const entry = record.all("step-confirmed").find(({ data }) => data.step === id);
  return new FirebreakError(
    "already-confirmed",
    `The step ${id} of ${record.id} was confirmed by ${entry?.data.confirmedBy.login ?? "somebody"} at ${entry?.at ?? "an earlier time"}.`,
    "See the ledger; what it says cannot be said again. Write what has to be added into the issue.",
  );
}

/** Where the play has manual steps only, the incident is contained once all of them are done. */
async function containByHand(deps: ActionDeps, record: IncidentRecord): Promise<void> {
  const plan = containmentPlan(record.entries)?.data.plan;
  const steps = manualStepsOf(record.entries, record.runbook);
  if (plan?.action !== null || steps.length === 0 || steps.some(({ by }) => !by)) return;
  const names = steps.map(({ id }) => id);
  const summary = `by hand: ${names.join(", ")}`;
  const key = "contained/by-hand";
  if (!(await record.append("contained", { action: "by-hand", summary, details: { steps: names } }, key)))
    return;
  deps.log.info(`${record.id} is contained: every manual step is done`);
  await record.comment(
    key,
    `### Contained by hand\n\nEvery step was done: ${names.map((name) => codeSpan(name)).join(", ")}\n`,
  );
}

function confirmed({ text, by, at, note, confirmedBy }: EntryData<"step-confirmed">): string {
  return [
    codeBlock(text),
    "",
    `Done by ${codeSpan(by)} at ${at}, confirmed by ${codeSpan(confirmedBy.login)} (${codeSpan(confirmedBy.name)}):`,
    "",
    codeBlock(note),
    "",
  ].join("\n");
}

function outputs(record: IncidentRecord, { at, confirmedBy }: EntryData<"step-confirmed">): Outputs {
  const open = stepsToConfirm(record.entries, record.runbook).filter(({ by }) => !by);
  return {
    "confirmed-by": confirmedBy.login,
    "done-at": at,
    "open-steps": open.map(({ id }) => id).join(","),
  };
}
