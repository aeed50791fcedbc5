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
import { codeSpan } from "../../incident/markdown.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps } from "../../ports.ts";
import { automaticOf } from "../../runbook/play.ts";

/** What a person says of a step. */
export interface Said {
  step: string;
  note: string;
  /** Who did it; whoever says so when undefined. */
  doneBy: string | undefined;
  at: Date;
  verdict: (typeof VERDICTS)[number] | undefined;
  person: { login: string; name: string };
}

/**
 * Records that a step is done, once. Where people do all of an incident's containment, the last of its steps contains it.
 * The caller renders the issue.
 * @throws FirebreakError as `confirmation` does, and `already-confirmed` where another run came first.
 */
export async function confirm(
  deps: ActionDeps,
  record: IncidentRecord,
  said: Said,
): Promise<EntryData<"step-confirmed">> {
  const data = await confirmation(deps, record, said);
  const key = keyOf(record, data.step, deps.context.runId);
  await record.append("step-confirmed", data, key);
  const entry = record.chain.find((one) => one.key === key);
  // Another run may have confirmed it between the look and the write.
  if (entry?.by.runId !== deps.context.runId) throw alreadyConfirmed(record, data.step);
  await containByHand(deps, record);
  return data;
}

/**
 * What would be recorded. Changes nothing.
 * @throws FirebreakError for a step that the incident does not have, that shows itself to be done in another way, or that
 *   somebody has confirmed already.
 */
export async function confirmation(
  deps: ActionDeps,
  record: IncidentRecord,
  said: Said,
): Promise<EntryData<"step-confirmed">> {
  const step = stepToConfirm(record, said.step, deps.context.runId);
  if (step.standsIn && !step.by) await requireBlockedByHand(deps, record);
  return {
    step: step.id,
    text: step.text,
    by: said.doneBy ?? said.person.name,
    at: said.at.toISOString(),
    note: said.note,
    confirmedBy: said.person,
    ...verdictFor(step, said),
    planSha256: step.planSha256,
  };
}

/** How it was found. @throws FirebreakError where the step asks for that and nobody says it, and the other way round. */
function verdictFor(
  { id, verdict: asked }: ManualStep,
  { verdict }: Said,
): Pick<EntryData<"step-confirmed">, "verdict"> {
  if (asked === (verdict !== undefined)) return verdict === undefined ? {} : { verdict };
  throw asked
    ? badInput("verdict", `is missing: ${id} asks how it was found`, `Give one of ${VERDICTS.join(", ")}.`)
    : badInput("verdict", `is given, and ${id} asks for none`, "Leave it out.");
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
