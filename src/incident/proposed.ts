import type { EscalationStep, Runbook } from "../runbook/schema.ts";
import { containCommand } from "./commands.ts";
import type { LedgerEntry } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { nothingToContain } from "./nothing-to-contain.ts";

/** An incident that a signal declared: what the machine proposed, and whether a person has decided since. Pure. */

/** The signal that declared the incident; undefined where a person did. */
export function declaringSignal(
  entries: readonly LedgerEntry[],
): LedgerEntry<"indicator-received"> | undefined {
  return entries.find(
    (entry): entry is LedgerEntry<"indicator-received"> =>
      entry.kind === "indicator-received" && !entry.data.joined,
  );
}

/** Whether the step is a person's to take, although the declaration would tick it: no person has declared. */
export function isForPerson({ person_decides }: EscalationStep, entries: readonly LedgerEntry[]): boolean {
  return person_decides === true && declaringSignal(entries) !== undefined;
}

/** The ids of the process's steps that nothing but a person's word shows to be done. */
export function stepsOfPeople(entries: readonly LedgerEntry[], { escalation }: Runbook): ReadonlySet<string> {
  const steps = escalation.steps.filter((step) => step.done_when === undefined || isForPerson(step, entries));
  return new Set(steps.map(({ id }) => id));
}

/** The entry by which a person has judged: by confirming the step, or by changing the severity. */
export function decisionOn(step: string, entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.find(
    (entry) =>
      (entry.kind === "step-confirmed" && entry.data.step === step) ||
      (entry.kind === "severity-changed" && entry.data.by !== undefined),
  );
}

/** What a person has to ask for where a signal declared, until somebody has planned it anew: no machine does. */
export function toContain(entries: readonly LedgerEntry[]): string[] {
  const first = entries[0];
  const planned = entries.findLast(({ kind }) => kind === "planned");
  if (first?.kind !== "declared" || planned?.kind !== "planned" || !declaringSignal(entries)) return [];
  const { environment, mcp, runId } = first.data;
  if (planned.data.runId !== runId || planned.data.plan.action === null) return [];
  if (nothingToContain(entries) || entries.some(({ kind }) => kind === "contained")) return [];
  const command = containCommand({ id: first.incident, target: { environment, mcp } });
  return [
    `- **Contain it**, if the plan below is right. One person asks, another approves: ${codeSpan(command, 300)}`,
  ];
}

/** At the top of the issue until a person has decided; empty afterwards, and where a person declared. */
export function proposedBanner(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const signal = declaringSignal(entries);
  const step = runbook.escalation.steps.find((one) => isForPerson(one, entries));
  if (!signal || !step || decisionOn(step.id, entries)) return "";
  const { indicator, what, reference, proposed, reportedBy } = signal.data;
  const severity = escapeMarkdown(runbook.severities[proposed.severity].name);
  const type = escapeMarkdown(runbook.incident_types[proposed.type]?.name ?? proposed.type);
  return [
    "> [!IMPORTANT]",
    `> **Severity and type are proposed, and nobody has judged them yet.** ${codeSpan(indicator, 80)} was ${reportedBy === null ? "seen" : `reported by ${codeSpan(reportedBy, 60)}`}: ${codeSpan(what, 300)}${reference === null ? "" : ` (${codeSpan(reference, 400)})`}. For that the runbook proposes ${severity}, ${type}.`,
    `> To agree, comment \`/confirm ${step.id} <why>\`; for another severity \`/severity <critical|high|medium|low> <reason>\`. Of another type: declare it with incident.yml.`,
  ].join("\n");
}
