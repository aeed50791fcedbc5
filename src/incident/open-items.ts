import type { Runbook } from "../runbook/schema.ts";
import { openRequests } from "./awaited.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { recipients } from "./escalation.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { factsOf, openTrouble } from "./state.ts";

/** What somebody has to do now, at the top where nobody can miss it. */
export function openItems(entries: readonly LedgerEntry[], runbook: Runbook, text?: number): string {
  const facts = factsOf(entries);
  const trouble = openTrouble(entries).map(
    ({ message, remedy }) => `- **Stopped:** ${codeSpan(message, 600)} → ${codeSpan(remedy, 600)}`,
  );
  const kinds = new Set<string>(entries.map(({ kind }) => kind));
  const manual = (runbook.incident_types[facts.type]?.manual ?? [])
    .filter(({ done_when }) => done_when === undefined || !kinds.has(done_when))
    .map(({ text, contact }) => `- By hand: ${escapeMarkdown(text)}${reach(contact, runbook)}`);
  return [
    "### What people have to do",
    ...trouble,
    ...peopleToTell(facts, runbook),
    ...manual,
    ...openRequests(entries, text),
  ].join("\n");
}

/** Whom the runbook wants told, and where they are reached. */
export function peopleToTell(facts: IncidentFacts, runbook: Runbook): string[] {
  return recipients(runbook, facts.severity, facts.environment).map(({ who, address, missing }) => {
    const where = address
      ? codeSpan(address)
      : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`;
    return `- Tell **${escapeMarkdown(who)}**: ${where}`;
  });
}

/** Who takes a manual step, as the runbook's contacts have them. */
function reach(contact: string | undefined, runbook: Runbook): string {
  const who = contact === undefined ? undefined : runbook.contacts[contact];
  if (!who) return "";
  const where = who.email ? codeSpan(who.email) : escapeMarkdown(who.fill_in ?? "");
  return ` (${escapeMarkdown(who.role)}: ${where})`;
}
