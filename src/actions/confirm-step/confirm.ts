import { requireBlockedByHand } from "../../containment/blocked-by-hand.ts";
import { containByHand } from "../../containment/contained-by-hand.ts";
import { badInput, FirebreakError, quoted } from "../../errors.ts";
import { undoCommand } from "../../incident/commands.ts";
import { containStep, whyNotSpared } from "../../incident/contain-step.ts";
import { type EntryData, NOTHING_TO_CONTAIN, type Verdict } from "../../incident/entries.ts";
import { doneCommand, type ManualStep, stepsToConfirm } from "../../incident/manual-steps.ts";
import { nothingToContain } from "../../incident/nothing-to-contain.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import { askedSince } from "../../incident/told.ts";
import type { ActionDeps } from "../../ports.ts";

/** What a person says of a step. */
export interface Said {
  step: string;
  note: string;
  /** Who did it; whoever says so when undefined. */
  doneBy: string | undefined;
  at: Date;
  verdict: Verdict | undefined;
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
  // A job may have been killed between the last step and this.
  if (await containByHand(deps, record)) await record.project();
  const data = await confirmation(deps, record, said);
  const key = keyOf(record, data.step, deps.context.runId);
  await record.append("step-confirmed", data, key);
  const entry = record.chain.find((one) => one.key === key);
  // Another run may have confirmed it between the look and the write.
  if (entry?.by.runId !== deps.context.runId) throw alreadyConfirmed(record, data.step);
  // A job may have begun to contain in the meantime: then it counts for nothing, and is shown so.
  if (data.verdict === NOTHING_TO_CONTAIN && nothingToContain(record.chain) !== entry) {
    await record.project();
    throw somethingToContain(record);
  }
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
  { id, verdicts }: ManualStep,
  { verdict }: Said,
): Pick<EntryData<"step-confirmed">, "verdict"> {
  if (verdict === undefined && verdicts.length === 0) return {};
  if (verdict !== undefined && verdicts.includes(verdict)) return { verdict };
  if (verdicts.length === 0) throw badInput("verdict", `is given, and ${id} asks for none`, "Leave it out.");
  if (verdicts.includes(NOTHING_TO_CONTAIN))
    throw badInput(
      "verdict",
      `is missing: a containment shows ${id} to be done, and a person can only say that nothing has to be contained`,
      `Where that is so: /confirm ${id} ${NOTHING_TO_CONTAIN} <what shows it>, or -f verdict=${NOTHING_TO_CONTAIN}`,
    );
  const problem = verdict === undefined ? "is missing" : `is none of this step's: ${quoted(verdict)}`;
  throw badInput("verdict", `${problem}: ${id} asks how it was found`, `Give ${verdicts.join(", ")}.`);
}

function stepToConfirm(record: IncidentRecord, id: string, runId: number): ManualStep {
  const steps = stepsToConfirm(record.chain, record.runbook);
  const contain = containStep(record.chain, record.runbook);
  if (contain?.id === id) return spared(record, contain, runId);
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

/** @throws FirebreakError once something was begun, or somebody has said so. */
function spared(record: IncidentRecord, step: ManualStep, runId: number): ManualStep {
  if (step.by?.kind !== "step-confirmed") {
    if (whyNotSpared(record.chain, record.runbook) !== undefined) throw somethingToContain(record);
  } else if (step.by.by.runId !== runId) throw alreadyConfirmed(record, step.id);
  return step;
}

function somethingToContain(record: IncidentRecord): FirebreakError {
  const why = whyNotSpared(record.chain, record.runbook) ?? "Something spoke against it at the same moment.";
  return new FirebreakError(
    "something-to-contain",
    `Nobody can say that nothing of ${record.id} has to be contained. ${why}`,
    `See what the issue says has to be done. What was changed is taken back by: ${undoCommand(record)}`,
  );
}

function alreadyConfirmed(record: IncidentRecord, id: string): FirebreakError {
  const entry = record.all("step-confirmed").findLast(({ data }) => data.step === id);
  return new FirebreakError(
    "already-confirmed",
    `The step ${id} of ${record.id} was confirmed by ${entry?.data.confirmedBy.login ?? "somebody"} at ${entry?.at ?? "an earlier time"}.`,
    "See the ledger; what it says cannot be said again. Write what has to be added into the issue.",
  );
}

/** Once for each step; anew after a verdict that left it open, or that something spoke against. */
function keyOf(record: IncidentRecord, id: string, runId: number): string {
  const telling = record.runbook.escalation.steps.some((step) => step.id === id && step.told);
  const since = telling ? askedSince(record.chain) : 0;
  const open = record
    .all("step-confirmed")
    .filter(({ by, data }) => data.step === id && by.runId !== runId)
    .filter(
      ({ data, sequence }) =>
        data.verdict === "unclear" || data.verdict === NOTHING_TO_CONTAIN || sequence <= since,
    );
  return open.length === 0 ? `step-confirmed/${id}` : `step-confirmed/${id}/${open.length + 1}`;
}
