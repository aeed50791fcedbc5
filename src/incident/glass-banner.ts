import type { LedgerEntry } from "./entries.ts";
import { codeSpan } from "./markdown.ts";
import { ofKind } from "./state.ts";

const SHOWN = 20;

/**
 * At the top of the issue for good, once something was changed without evidence that it required: who let it, why, and
 * what was skipped. Empty where nothing was.
 */
export function glassBanner(entries: readonly LedgerEntry[]): string {
  const broken = ofKind(entries, "glass-broken");
  if (broken.length === 0) return "";
  const skipped = broken.flatMap(({ data }) => data.skipped);
  const more = skipped.length - SHOWN;
  return [
    "> [!CAUTION]",
    "> **GLASS BROKEN: contained without evidence that the gate requires**",
    ...broken.map(({ at, data }) => {
      const who = data.approvals.map(({ login }) => codeSpan(login, 60)).join(", ");
      return `> - ${at.slice(0, 16).replace("T", " ")} UTC, ${codeSpan(data.action)}, approved by ${who} in ${codeSpan(data.environment)}: ${codeSpan(data.reason, 400)}`;
    }),
    ">",
    "> What was skipped:",
    ...skipped
      .slice(0, SHOWN)
      .map(({ reason, message }) => `> - ${codeSpan(reason)}: ${codeSpan(message, 300)}`),
    ...(more > 0 ? [`> - and ${more} more in the ledger`] : []),
  ].join("\n");
}
