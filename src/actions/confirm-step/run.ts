import { resolve } from "node:path";
import { requireBlockedByHand } from "../../containment/blocked-by-hand.ts";
import { badInput, FirebreakError, quoted } from "../../errors.ts";
import { verdictIn } from "../../evidence/audit-trail/changers.ts";
import { type EntryData, VERDICTS } from "../../incident/entries.ts";
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
import { automaticOf } from "../../runbook/play.ts";
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
  if (step.standsIn && !step.by) await requireBlockedByHand(deps, record);
  const person = await personBehind(deps);
  const data: EntryData<"step-confirmed"> = {
    step: step.id,
    text: step.text,
    by: inputs.doneBy ?? person.name,
    at: at.toISOString(),
    note: inputs.note,
    confirmedBy: person,
    ...verdictFor(step, inputs),
    planSha256: step.planSha256,
  };
  if (inputs.dryRun) {
    deps.log.info(`dry run  would confirm ${step.id}, done by ${data.by} at ${data.at}`);
    await deps.summary(`### Dry run: nothing is recorded\n\n${confirmed(data)}`);
    return outputs(record, data);
  }
  const key = keyOf(record, step.id, deps.context.runId);
  await record.append("step-confirmed", data, key);
  const entry = record.entries.find((one) => one.key === key);
  // Another run may have confirmed it between the look and the write.
  if (entry?.by.runId !== deps.context.runId) throw alreadyConfirmed(record, step.id);
  await containByHand(deps, record);
  await record.project();
  await deps.summary(`### ${record.id}: ${codeSpan(step.id)} is confirmed\n\n${confirmed(data)}`);
  return outputs(record, data);
}

/** How it was found. @throws FirebreakError where the step asks for that and nobody says it, and the other way round. */
function verdictFor(
  { id, verdict: asked }: ManualStep,
  { verdict }: ConfirmStepInputs,
): Pick<EntryData<"step-confirmed">, "verdict"> {
  if (asked === (verdict !== undefined)) return verdict === undefined ? {} : { verdict };
  throw asked
    ? badInput("verdict", `is missing: ${id} asks how it was found`, `Give one of ${VERDICTS.join(", ")}.`)
    : badInput("verdict", `is given, and ${id} asks for none`, "Leave it out.");
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
  const steps = stepsToConfirm(record.chain, record.runbook);
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
      `Dispatch: ${doneCommand(step, record, record.mcps)}`,
    );
  }
  // A second attempt of the run that confirmed it goes on to the issue.
  if (step.by && step.by.by.runId !== runId) throw alreadyConfirmed(record, id);
  return step;
}

function alreadyConfirmed(record: IncidentRecord, id: string): FirebreakError {
  const entry = record.all("step-confirmed").findLast(({ data }) => data.step === id);
  return new FirebreakError(
    "already-confirmed",
    `The step ${id} of ${record.id} was confirmed by ${entry?.data.confirmedBy.login ?? "somebody"} at ${entry?.at ?? "an earlier time"}.`,
    "See the ledger; what it says cannot be said again. Write what has to be added into the issue.",
  );
}

/** Once for each step; anew after a verdict that left it open. */
function keyOf(record: IncidentRecord, id: string, runId: number): string {
  const unclear = record
    .all("step-confirmed")
    .filter(({ by, data }) => data.step === id && data.verdict === "unclear" && by.runId !== runId);
  return unclear.length === 0 ? `step-confirmed/${id}` : `step-confirmed/${id}/${unclear.length + 1}`;
}

/** Where people do all of it, the incident is contained once all of them are done. */
async function containByHand(deps: ActionDeps, record: IncidentRecord): Promise<void> {
  const plan = containmentPlan(record.entries)?.data.plan;
  const steps = manualStepsOf(record.entries, record.runbook);
  // Where nothing could be planned, or the machine has stopped, what stands in for it has to be among them.
  const byHand = plan?.action === null || steps.some(({ standsIn }) => standsIn);
  if (record.all("contained").length > 0) return;
  if (!byHand || awaitsVerdict(record) || steps.length === 0 || steps.some(({ by }) => !by)) return;
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

/** Before there is a verdict on the audit trail nobody knows yet whether the machine has something to do. */
function awaitsVerdict({ facts, runbook, entries }: IncidentRecord): boolean {
  const play = automaticOf(facts.type, runbook);
  return play.some(({ action }) => action === "protect-audit-logs") && verdictIn(entries) === undefined;
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
