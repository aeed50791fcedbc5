import type { Runbook } from "../runbook/schema.ts";
import { confirmCommand, type Where } from "./commands.ts";
import { containStep, whyNotSpared } from "./contain-step.ts";
import type { LedgerEntry } from "./entries.ts";
import { legalClocks } from "./legal-clocks.ts";
import { doneCommand, manualStepsOf } from "./manual-steps.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { mcpsOf } from "./mcps.ts";
import { stepsOfPeople } from "./proposed.ts";
import { escalationSteps, factsOf } from "./state.ts";
import { processDeadlines } from "./ten-steps.ts";

/** What stands between an incident and its end. Pure. */
export interface MissingStep {
  id: string;
  text: string;
  due: Date | null;
  /** How to say that it is done; null where nobody has to. */
  command: string | null;
  /** How to say that nothing of the kind has to be done; absent where nobody can. */
  spare?: string;
}

/**
 * The steps that apply and are open: of the process, the review among them, of the play, and what the law asks for. With none left the incident
 * is over, and its issue is closed with the next look at the ledger.
 */
export function missingSteps(entries: readonly LedgerEntry[], runbook: Runbook): MissingStep[] {
  const { environment, mcp } = factsOf(entries);
  const where: Where = { id: entries[0]?.incident ?? "", target: { environment, mcp } };
  const deadlines = processDeadlines(entries, runbook);
  const contain = containStep(entries, runbook);
  const sparing = contain && whyNotSpared(entries, runbook) === undefined ? contain : undefined;
  const byPeople = stepsOfPeople(entries, runbook);
  const process = escalationSteps(entries, runbook)
    .filter(({ state }) => state === "open")
    .map(({ id, name, text }) => ({
      id,
      text: `${name}: ${text}`,
      due: deadlines.get(id) ?? null,
      command: byPeople.has(id) ? confirmCommand(where, id) : null,
      ...(sparing?.id === id ? { spare: doneCommand(sparing, where) } : {}),
    }));
  const manual = manualStepsOf(entries, runbook)
    .filter(({ by }) => by === undefined)
    .map((step) => ({
      id: step.id,
      text: step.text,
      due: step.deadline,
      command: doneCommand(step, where, mcpsOf(entries)),
    }));
  const legal = legalClocks(entries, runbook)
    .filter(({ done, hasStep }) => done === null && !hasStep)
    .map(({ id, text, due }) => ({ id, text, due, command: confirmCommand(where, id) }));
  return [...process, ...manual, ...legal];
}

/** Whether nothing is left to be done for the incident, so that its issue may be closed. */
export function isOver(entries: readonly LedgerEntry[], runbook: Runbook): boolean {
  return missingSteps(entries, runbook).length === 0;
}

/** What is missing, as a list; a note at the end where more is missing than is shown. */
export function missingList(missing: readonly MissingStep[], shown = 40): string {
  const lines = missing.slice(0, shown).map(({ id, text, due, command, spare }) => {
    const until = due === null ? "" : ` (by ${due.toISOString().slice(0, 16).replace("T", " ")} UTC)`;
    const how = command === null ? "" : `. Once done: ${codeSpan(command, 400)}`;
    const orElse = spare === undefined ? "" : `. Where nothing has to be contained: ${codeSpan(spare, 400)}`;
    return `- ${codeSpan(id, 130)} ${escapeMarkdown(text)}${until}${how}${orElse}`;
  });
  const more = missing.length - shown;
  return [...lines, ...(more > 0 ? [`- and ${more} more, in the issue`] : [])].join("\n");
}
