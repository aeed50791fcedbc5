import { type ManualPlayStep, manualOf } from "../runbook/play.ts";
import type { Runbook } from "../runbook/schema.ts";
import { confirmCommand, containCommand, restoreCommand, type Where } from "./commands.ts";
import { type EntryKind, type LedgerEntry, NOTHING_TO_CONTAIN, VERDICTS, type Verdict } from "./entries.ts";
import { followUps } from "./follow-ups.ts";
import { legalClocks } from "./legal-clocks.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { mcpsOf, onceEverywhere } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import type { Plan } from "./plan.ts";
import { stepsOfPeople } from "./proposed.ts";
import { escalationSteps, factsOf, ofKind } from "./state.ts";

/** The steps that people take, as the ledger has them. Pure. */

export interface ManualStep {
  id: string;
  text: string;
  /** A contact of the runbook. */
  contact: string | null;
  /** When it has to be done by; null where the runbook sets no deadline. */
  deadline: Date | null;
  /** The kind of entry that shows it to be done; null where a person confirms it. */
  doneWhen: ManualPlayStep["doneWhen"];
  /** The entry that shows it to be done. */
  by: LedgerEntry | undefined;
  /** The plan that has it; null where the runbook alone has it. */
  planSha256: string | null;
  /** Under which category of ServiceNow the contact is asked; null where the runbook names none. */
  servicenowCategory: string | null;
  /** Of these whoever confirms it has to say one; empty where it asks for none. */
  verdicts: readonly Verdict[];
  /** It contains the incident in place of an action that could not be planned. */
  standsIn: boolean;
}

const MINUTE_MS = 60_000;

/**
 * The manual steps of the containment that was planned last, or of the runbook where none could be planned. Deadlines
 * count from the declaration, so that planning anew puts nothing off. Where the machine has stopped half-way, what people
 * may do in its place is among them.
 */
export function manualStepsOf(entries: readonly LedgerEntry[], runbook: Runbook): ManualStep[] {
  const { type, mcp } = factsOf(entries);
  // Where nothing could be planned, people take what stands in for the machine, too.
  const ofRunbook = manualOf(type, mcp, runbook, []);
  const planned = containmentPlan(entries)?.data;
  const steps: (Plan["manual"][number] | ManualPlayStep)[] = planned
    ? [...instead(entries, planned.plan, ofRunbook), ...planned.plan.manual]
    : ofRunbook;
  const declared = Date.parse(entries[0]?.at ?? "");
  const all = steps.map(({ id, text, contact, deadlineMinutes, servicenowCategory, verdict }) => {
    const row = ofRunbook.find((step) => step.id === id);
    const doneWhen = row?.doneWhen ?? null;
    return {
      id,
      text,
      contact,
      deadline: deadlineMinutes === undefined ? null : new Date(declared + deadlineMinutes * MINUTE_MS),
      doneWhen,
      by:
        confirmation(entries, id) ??
        onceEverywhere(entries, (view) => view.findLast(({ kind }) => kind === doneWhen)),
      planSha256: planned?.plan.manual.some((step) => step.id === id) ? planned.sha256 : null,
      servicenowCategory: servicenowCategory ?? null,
      verdicts: verdict ? VERDICTS : [],
      standsIn: row?.standsIn ?? false,
    };
  });
  // What contains, and what goes with it, does not apply where nothing has to be contained. What is to be looked at does.
  return nothingToContain(entries) === undefined
    ? all
    : all.filter(({ by, standsIn, doneWhen }) => by !== undefined || (!standsIn && doneWhen === null));
}

/** What is not in the plan, since the machine was to do it, and what people may do now, or have done. */
function instead(
  entries: readonly LedgerEntry[],
  { manual }: Plan,
  ofRunbook: readonly ManualPlayStep[],
): ManualPlayStep[] {
  const stopped = machineStopped(entries);
  return ofRunbook.filter(
    ({ id, standsIn }) =>
      standsIn &&
      !manual.some((step) => step.id === id) &&
      (stopped || confirmation(entries, id) !== undefined),
  );
}

/**
 * It could not plan, was not let into the tenant, or did not get to the end; a reviewer who rejects means nobody is to.
 * Once the incident was contained, what stops is something else.
 */
function machineStopped(entries: readonly LedgerEntry[]): boolean {
  const last = entries.findLast(({ kind }) => TURNS.has(kind));
  if (entries.some(({ kind }) => kind === "contained")) return false;
  if (last?.kind === "gate-refused")
    return last.data.refusals.some(({ reason }) => reason === "graph-refused");
  return last?.kind === "plan-failed" || (last?.kind === "not-contained" && last.data.reason !== "rejected");
}

const TURNS: ReadonlySet<EntryKind> = new Set<EntryKind>([
  "planned",
  "plan-failed",
  "gate-refused",
  "not-contained",
]);

/** A step without anything particular to it. */
export const ordinary = {
  contact: null,
  deadline: null,
  doneWhen: null,
  planSha256: null,
  servicenowCategory: null,
  verdicts: [],
  standsIn: false,
} satisfies Partial<ManualStep>;

/**
 * Every step that a person confirms: the manual ones, those of the escalation process that nothing else ticks, what the
 * law asks for besides them, and what is to be followed up.
 */
export function stepsToConfirm(entries: readonly LedgerEntry[], runbook: Runbook): ManualStep[] {
  const byPeople = stepsOfPeople(entries, runbook);
  const process = escalationSteps(entries, runbook)
    .filter(({ id, state }) => byPeople.has(id) && state !== "not applicable")
    .map(({ id, text, by }) => ({ ...ordinary, id, text, by }));
  const followUp = followUps(entries).map(({ step, what, at, by }) => ({
    ...ordinary,
    id: step,
    text: what,
    deadline: new Date(at),
    by,
  }));
  const legal = legalClocks(entries, runbook)
    .filter(({ hasStep }) => !hasStep)
    .map(({ id, text, due, done }) => ({ ...ordinary, id, text, deadline: due, by: done ?? undefined }));
  return [...manualStepsOf(entries, runbook), ...process, ...legal, ...followUp];
}

/** The command that says that a step is done. @param mcps all of the incident's, which are restored together. */
export function doneCommand(
  { id, doneWhen, verdicts }: Pick<ManualStep, "id" | "doneWhen" | "verdicts">,
  where: Where,
  mcps: readonly string[] = [where.target.mcp],
): string {
  if (doneWhen === "restored")
    return restoreCommand({ ...where, target: { ...where.target, mcp: mcps.join(",") } });
  if (doneWhen === "secret-disabled")
    return containCommand(where, 'secret_disabled_by="..."', "secret_disabled_at=...");
  const [only, ...others] = verdicts;
  const verdict = only === undefined ? [] : [`verdict=${others.length === 0 ? only : '"..."'}`];
  return confirmCommand(where, id, ...verdict);
}

/** What people still have to do by hand, each with its deadline, whom to reach, and how to say that it is done. */
export function openByHand(entries: readonly LedgerEntry[], runbook: Runbook): string[] {
  const { environment, mcp } = factsOf(entries);
  const where = { id: entries[0]?.incident ?? "", target: { environment, mcp } };
  return manualStepsOf(entries, runbook)
    .filter(({ by }) => by === undefined)
    .map((step) => {
      const until = step.deadline === null ? "" : `, ${untilWhen(step.deadline, entries)}`;
      return `- By hand${until}: ${escapeMarkdown(step.text)}${reach(step, runbook)}. Once done: ${codeSpan(doneCommand(step, where, mcpsOf(entries)), 400)}`;
    });
}

/** Overdue is what was not done when the newest entry was written: the ledger alone decides what the issue says. */
function untilWhen(deadline: Date, entries: readonly LedgerEntry[]): string {
  const late = Date.parse(entries.at(-1)?.at ?? "") > deadline.getTime();
  return `until **${minute(deadline.toISOString())}**${late ? ", **overdue**" : ""}`;
}

/** The section on what people have confirmed; empty when they have confirmed nothing. */
export function confirmedSection(entries: readonly LedgerEntry[]): string {
  const spared = nothingToContain(entries);
  const lines = ofKind(entries, "step-confirmed").map((entry) => {
    const { data } = entry;
    const fallen = data.verdict === NOTHING_TO_CONTAIN && entry !== spared;
    const { login, name } = data.confirmedBy;
    const said = `confirmed by ${codeSpan(login, 60)} (${codeSpan(name, 120)})`;
    const verdict = data.verdict === undefined ? "" : ` found **${data.verdict}**,`;
    const box = data.verdict === "unclear" || fallen ? "[ ]" : "[x]";
    return `- ${box} ${codeSpan(data.step, 130)}${verdict} by ${codeSpan(data.by, 200)}, ${minute(data.at)}, ${said}: ${codeSpan(data.note, 600)}`;
  });
  return lines.length === 0 ? "" : ["### Done by hand", ...lines].join("\n");
}

/** The newest plan to contain; what restores or undoes plans no manual steps. */
export function containmentPlan(entries: readonly LedgerEntry[]): LedgerEntry<"planned"> | undefined {
  return ofKind(entries, "planned").findLast(({ data }) => data.plan.change === "contain");
}

/** What was found unclear is still to be looked at. */
function confirmation(entries: readonly LedgerEntry[], step: string): LedgerEntry | undefined {
  return ofKind(entries, "step-confirmed").find(
    ({ data }) => data.step === step && data.verdict !== "unclear",
  );
}

/** Who takes a manual step, as the runbook's contacts have them. */
function reach({ contact, servicenowCategory }: ManualStep, runbook: Runbook): string {
  const who = contact === null ? undefined : runbook.contacts[contact];
  const parts = [
    ...(who ? [`${escapeMarkdown(who.role)}: ${addressOf(who)}`] : []),
    ...(servicenowCategory === null ? [] : [`ServiceNow category ${codeSpan(servicenowCategory, 120)}`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

function addressOf({ email, fill_in }: Runbook["contacts"][string]): string {
  return email ? codeSpan(email) : `still to be filled in: ${escapeMarkdown(fill_in ?? "")}`;
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
