import type { Runbook } from "../runbook/schema.ts";
import { acknowledgeCommand, isReviewed, takenAt, timeToAcknowledge } from "./acknowledgement.ts";
import type { LedgerEntry } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { unanswered } from "./repeats.ts";
import { factsOf, ofKind } from "./state.ts";

/** For the top of the issue: who has the incident, or how to take it. Pure. */
export function takenLine(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const { environment, severity } = factsOf(entries);
  const [first, ...later] = ofKind(entries, "acknowledged");
  const how = `comment ${codeSpan("/ack")}, or ${codeSpan(acknowledgeCommand(entries[0]?.incident ?? "", environment))}`;
  if (!first) return isReviewed(entries) ? "" : `**Nobody has taken this incident.** To take it: ${how}`;
  const minutes = Math.floor((timeToAcknowledge(entries) ?? 0) / 60_000);
  const others = [...new Set(later.map(nameOf))].filter((name) => name !== nameOf(first));
  const also = others.length === 0 ? "" : `, then by ${others.join(", ")}`;
  const taken = `**Taken by** ${nameOf(first)} at ${takenAt(first).slice(0, 16).replace("T", " ")} UTC, ${minutes} min after the declaration${also}`;
  if (!unanswered(entries, runbook)) return taken;
  return `${taken}. **Since it is ${escapeMarkdown(runbook.severities[severity].name)} nobody has taken it.** To take it: ${how}`;
}

function nameOf({ data: { by } }: LedgerEntry<"acknowledged">): string {
  return `${codeSpan(by.login, 60)} (${codeSpan(by.name, 120)})`;
}
