import type { EscalationStep, Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { preservedBy } from "./completeness.ts";
import type { EntryKind, IncidentFacts, LedgerEntry } from "./entries.ts";
import { onceEverywhere, viewsOf } from "./mcps.ts";

/** What a ledger adds up to. Pure: the same entries always give the same state. */

export type Status = "open" | "contained" | "restored" | "reviewed";

export interface StepState {
  id: string;
  name: string;
  text: string;
  state: "done" | "open" | "not applicable";
  /** The entry that ticked it. */
  by: LedgerEntry | undefined;
}

/**
 * The facts of a ledger, with the severity as it is now: everything that follows from it, follows from the newest.
 * @throws Error when it does not begin with a declaration.
 */
export function factsOf(entries: readonly LedgerEntry[]): IncidentFacts {
  const first = entries[0];
  if (first?.kind !== "declared") throw new Error("the ledger does not begin with a declaration");
  return {
    ...first.data,
    severity: ofKind(entries, "severity-changed").at(-1)?.data.to ?? first.data.severity,
  };
}

export function ofKind<Kind extends EntryKind>(
  entries: readonly LedgerEntry[],
  kind: Kind,
): LedgerEntry<Kind>[] {
  return entries.filter((entry): entry is LedgerEntry<Kind> => entry.kind === kind);
}

/** The worst of its mcps: contained only when each of them is, restored only when none is contained any more. */
export function statusOf(entries: readonly LedgerEntry[]): Status {
  const all = viewsOf(entries).map((view) => turnOf(view.entries));
  if (all.includes("open")) return "open";
  return (
    all.find((status) => status === "contained") ?? all.find((status) => status === "restored") ?? "reviewed"
  );
}

/** Where one mcp stands. @param view what is about it, and about the incident as a whole. */
export function turnOf(view: readonly LedgerEntry[]): Status {
  const turning = view.findLast(({ kind }) => ["contained", "restored", "reviewed"].includes(kind));
  return turning ? (turning.kind as Status) : "open";
}

/** The refusals and failures that nothing later has overcome, of whichever mcp. */
export function openTrouble(entries: readonly LedgerEntry[]): { message: string; remedy: string }[] {
  return viewsOf(entries).flatMap((view) => troubleOf(view.entries));
}

function troubleOf(entries: readonly LedgerEntry[]): { message: string; remedy: string }[] {
  const last = entries
    .filter(({ kind }) =>
      ["gate-refused", "not-contained", "plan-failed", "gate-passed", "contained", "restored"].includes(kind),
    )
    .at(-1);
  if (last?.kind === "gate-refused") return last.data.refusals;
  if (last?.kind === "not-contained" || last?.kind === "plan-failed") return [last.data];
  return [];
}

/** The runbook's escalation process as this incident stands in it. */
export function escalationSteps(entries: readonly LedgerEntry[], runbook: Runbook): StepState[] {
  const facts = factsOf(entries);
  return runbook.escalation.steps.map((step) => {
    const applies =
      (step.from === undefined || atLeast(facts.severity, step.from)) &&
      (!step.only_with_personal_data || facts.personalData);
    const by = tickOf(step, entries, runbook);
    const state = !applies ? "not applicable" : by ? "done" : "open";
    return { id: step.id, name: step.name, text: step.text, state, by };
  });
}

/** What shows a step to be done: the entry that the runbook names, or a person's confirmation where it names none. */
function tickOf(
  { id, done_when }: EscalationStep,
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): LedgerEntry | undefined {
  if (done_when === undefined) return ofKind(entries, "step-confirmed").find(({ data }) => data.step === id);
  return onceEverywhere(entries, (view) =>
    done_when === "capture-sealed" ? preservedBy(view, runbook) : view.find(({ kind }) => kind === done_when),
  );
}
