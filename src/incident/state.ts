import type { EscalationStep, Runbook } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { preservedBy } from "./completeness.ts";
import type { EntryKind, IncidentFacts, LedgerEntry } from "./entries.ts";
import { onceEverywhere, viewsOf } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import { decisionOn, isForPerson } from "./proposed.ts";
import { severityChanges } from "./severity-changes.ts";
import { askedSince, toldAll } from "./told.ts";

/** What a ledger adds up to. Pure: the same entries always give the same state. */

export interface StepState {
  id: string;
  name: string;
  text: string;
  state: "done" | "open" | "not applicable";
  /** The entry that ticked it. */
  by: LedgerEntry | undefined;
  /** Why it does not apply; null where it does. */
  why: string | null;
}

/**
 * The facts of a ledger, with severity and personal data as they are known now: everything that follows from them,
 * follows from the newest.
 * @throws Error when it does not begin with a declaration.
 */
export function factsOf(entries: readonly LedgerEntry[]): IncidentFacts {
  const first = entries[0];
  if (first?.kind !== "declared") throw new Error("the ledger does not begin with a declaration");
  return {
    ...first.data,
    severity: severityChanges(entries).at(-1)?.data.to ?? first.data.severity,
    personalData: first.data.personalData || ofKind(entries, "personal-data-found").length > 0,
    principal: principalOf(entries),
  };
}

/** Whom the incident is about: as declared, or as somebody found out where a signal declared it. */
export function principalOf(entries: readonly LedgerEntry[]): string | null {
  const declared = entries[0]?.kind === "declared" ? entries[0].data.principal : null;
  return declared ?? ofKind(entries, "principal-found")[0]?.data.principal ?? null;
}

/** Since when it is known that personal data is involved; null while it is not. Declared with it, since the detection. */
export function personalDataSince(entries: readonly LedgerEntry[]): Date | null {
  const found = ofKind(entries, "personal-data-found")[0]?.data.awareAt;
  const declared = entries[0]?.kind === "declared" && entries[0].data.personalData;
  const since = declared ? factsOf(entries).detectedAt : found;
  return since === undefined ? null : new Date(since);
}

export function ofKind<Kind extends EntryKind>(
  entries: readonly LedgerEntry[],
  kind: Kind,
): LedgerEntry<Kind>[] {
  return entries.filter((entry): entry is LedgerEntry<Kind> => entry.kind === kind);
}

/** The refusals and failures that nothing later has overcome, of whichever mcp. */
export function openTrouble(entries: readonly LedgerEntry[]): { message: string; remedy: string }[] {
  const spared = nothingToContain(entries);
  return viewsOf(entries).flatMap((view) => troubleOf(view.entries, spared?.sequence ?? 0));
}

/** @param overcome the sequence number up to which nothing is trouble any more. */
function troubleOf(entries: readonly LedgerEntry[], overcome: number): { message: string; remedy: string }[] {
  const last = entries
    .filter(({ sequence }) => sequence > overcome)
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
    const why = notApplicable(step, facts, runbook);
    const by = tickOf(step, entries, runbook);
    const state = why !== null ? "not applicable" : by ? "done" : "open";
    return { id: step.id, name: step.name, text: step.text, state, by, why };
  });
}

function notApplicable(
  { from, only_with_personal_data }: EscalationStep,
  { severity, personalData }: IncidentFacts,
  { severities }: Runbook,
): string | null {
  if (from !== undefined && !atLeast(severity, from))
    return `the severity is ${severities[severity].name}, and it is asked for from ${severities[from].name} upwards`;
  return only_with_personal_data && !personalData ? "no personal data is known to be involved" : null;
}

/**
 * What shows a step to be done: the entry that the runbook names, or a person's confirmation where it names none. Telling
 * people is done by the messages that reached them, too, and a person's word for it counts until there is more to tell;
 * containing by a person's word that nothing has to be contained.
 */
function tickOf(
  step: EscalationStep,
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): LedgerEntry | undefined {
  const { id, done_when, told } = step;
  if (isForPerson(step, entries)) return decisionOn(id, entries);
  const reached = told && toldAll(entries, told);
  if (reached) return reached;
  if (done_when === undefined) {
    const since = told ? askedSince(entries) : 0;
    return ofKind(entries, "step-confirmed").find(
      ({ data, sequence }) => data.step === id && sequence > since,
    );
  }
  const spared = done_when === "contained" ? nothingToContain(entries) : undefined;
  return onceEverywhere(entries, (view) =>
    done_when === "capture-sealed"
      ? preservedBy(view, runbook)
      : (view.find(({ kind }) => kind === done_when) ?? spared),
  );
}
