import type { Runbook } from "../runbook/schema.ts";
import { openRequests } from "./awaited.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { recipients } from "./escalation.ts";
import { openFollowUps } from "./follow-ups.ts";
import { openByHand } from "./manual-steps.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { undelivered } from "./notices.ts";
import { toContain } from "./proposed.ts";
import { factsOf, openTrouble } from "./state.ts";
import { toldAll, toldByHand } from "./told.ts";

/** What somebody has to do now, at the top where nobody can miss it; empty when that is nothing. */
export function openItems(entries: readonly LedgerEntry[], runbook: Runbook, text?: number): string {
  const facts = factsOf(entries);
  const trouble = openTrouble(entries).map(
    ({ message, remedy }) => `- **Stopped:** ${codeSpan(message, 600)} → ${codeSpan(remedy, 600)}`,
  );
  const items = [
    ...trouble,
    ...peopleToTell(facts, runbook, entries),
    ...toContain(entries),
    ...openByHand(entries, runbook),
    ...openFollowUps(entries),
    ...openRequests(entries, text),
  ];
  return items.length === 0 ? "" : ["### What people have to do", ...items].join("\n");
}

/** Whom the runbook wants told and nobody has told so far, or not of what no message could tell them; where they are reached. */
export function peopleToTell(
  facts: IncidentFacts,
  runbook: Runbook,
  entries: readonly LedgerEntry[] = [],
): string[] {
  const missed = undelivered(entries, runbook).map(({ data }) => data.recipient);
  return recipients(runbook, facts)
    .filter(({ id }) => missed.includes(id) || toldAll(entries, [id]) === undefined)
    .filter(({ id }) => !toldByHand(entries, runbook, id))
    .map(({ who, address, missing }) => {
      const where = address
        ? codeSpan(address)
        : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`;
      return `- Tell **${escapeMarkdown(who)}**: ${where}`;
    });
}
