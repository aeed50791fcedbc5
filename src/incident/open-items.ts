import type { Runbook } from "../runbook/schema.ts";
import { openRequests } from "./awaited.ts";
import type { IncidentFacts, LedgerEntry } from "./entries.ts";
import { recipients } from "./escalation.ts";
import { openFollowUps } from "./follow-ups.ts";
import { openByHand } from "./manual-steps.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { toContain } from "./proposed.ts";
import { factsOf, ofKind, openTrouble } from "./state.ts";
import { stepsAbout, toldAll } from "./told.ts";

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

/** Whom the runbook wants told and nobody has told so far, and where they are reached. */
export function peopleToTell(
  facts: IncidentFacts,
  runbook: Runbook,
  entries: readonly LedgerEntry[] = [],
): string[] {
  const untold = recipients(runbook, facts).filter(({ id }) => toldAll(entries, [id]) === undefined);
  const confirmed = ofKind(entries, "step-confirmed").map(({ data }) => data.step);
  return untold
    .filter(({ id }) => !stepsAbout(runbook, id).some((step) => confirmed.includes(step)))
    .map(({ who, address, missing }) => {
      const where = address
        ? codeSpan(address)
        : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`;
      return `- Tell **${escapeMarkdown(who)}**: ${where}`;
    });
}
