import type { Runbook } from "../runbook/schema.ts";
import { openRequests } from "./awaited.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { recipients } from "./escalation.ts";
import { openFollowUps } from "./follow-ups.ts";
import { openByHand } from "./manual-steps.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { factsOf, openTrouble } from "./state.ts";

/** What somebody has to do now, at the top where nobody can miss it. */
export function openItems(entries: readonly LedgerEntry[], runbook: Runbook, text?: number): string {
  const facts = factsOf(entries);
  const trouble = openTrouble(entries).map(
    ({ message, remedy }) => `- **Stopped:** ${codeSpan(message, 600)} → ${codeSpan(remedy, 600)}`,
  );
  return [
    "### What people have to do",
    ...trouble,
    ...peopleToTell(facts, runbook),
    ...openByHand(entries, runbook),
    ...openFollowUps(entries),
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
