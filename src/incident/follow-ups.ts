import { confirmCommand, type Where } from "./commands.ts";
import type { EntryData, LedgerEntry } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { factsOf, ofKind } from "./state.ts";

/** What has to be followed up at a moment to come. Pure: what time it is, the newest entry says. */

export interface FollowUp extends EntryData<"follow-up-due"> {
  /** The confirmation; undefined while there is none. */
  by: LedgerEntry | undefined;
}

/** All that were ever due, the oldest first. */
export function followUps(entries: readonly LedgerEntry[]): FollowUp[] {
  const confirmed = ofKind(entries, "step-confirmed");
  return ofKind(entries, "follow-up-due").map(({ data }) => ({
    ...data,
    by: confirmed.find((entry) => entry.data.step === data.step),
  }));
}

/** Those that nobody has confirmed and whose moment has not passed, each as an open item. */
export function openFollowUps(entries: readonly LedgerEntry[]): string[] {
  const { environment, mcp } = factsOf(entries);
  const where: Where = { id: entries[0]?.incident ?? "", target: { environment, mcp } };
  const newest = Date.parse(entries.at(-1)?.at ?? "");
  return followUps(entries)
    .filter(({ by, at }) => !by && Date.parse(at) > newest)
    .map(({ step, what, at }) => {
      const until = `${at.slice(0, 16).replace("T", " ")} UTC`;
      return `- Until **${until}**: ${escapeMarkdown(what)}. Once it is settled earlier: ${codeSpan(confirmCommand(where, step), 400)}`;
    });
}
