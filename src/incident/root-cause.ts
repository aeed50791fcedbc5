import type { LedgerEntry } from "./entries.ts";
import { codeBlock } from "./markdown.ts";
import { ofKind } from "./state.ts";

/** What people said the root cause was, when they had a service restored. Pure. */

/** A sentence has at least so many words and characters. */
const LEAST_WORDS = 3;
const LEAST_CHARACTERS = 20;

/** Why a text names no root cause; undefined when it may. */
export function rootCauseProblem(text: string): string | undefined {
  const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.length >= LEAST_WORDS && words.join(" ").length >= LEAST_CHARACTERS
    ? undefined
    : `is no sentence, of at least ${LEAST_WORDS} words and ${LEAST_CHARACTERS} characters`;
}

/** Each of them once, in the order in which they were given. What undo.yml asks for is a reason, not a cause. */
export function rootCauses(entries: readonly LedgerEntry[]): string[] {
  const given = ofKind(entries, "restored").filter(({ data }) => data.action === "restore-service");
  return [...new Set(given.map(({ data }) => data.rootCause))];
}

/** The section on it; empty while nobody has named one. */
export function rootCauseSection(entries: readonly LedgerEntry[], text: number): string {
  const causes = rootCauses(entries);
  if (causes.length === 0) return "";
  return ["### Root cause", ...causes.map((cause) => codeBlock(cause, text))].join("\n\n");
}
