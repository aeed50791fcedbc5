import { missingSteps } from "../../incident/closing.ts";
import type { LedgerEntry } from "../../incident/entries.ts";
import { codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import { mcpsOf } from "../../incident/mcps.ts";
import { factsOf } from "../../incident/state.ts";
import { statusHistory } from "../../incident/status.ts";
import { takenLine } from "../../incident/taken-line.ts";
import type { Runbook } from "../../runbook/schema.ts";

const SHOWN = 12;

/** Where an incident stands, in a few lines. Pure. */
export function statusText(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const { severity, type, environment } = factsOf(entries);
  const now = statusHistory(entries, runbook).at(-1);
  const missing = missingSteps(entries, runbook);
  const open = missing.slice(0, SHOWN).map(({ id, due }) => {
    const until = due === null ? "" : `, by ${minute(due.toISOString())}`;
    return `- ${codeSpan(id, 130)}${until}`;
  });
  const more = missing.length - SHOWN;
  return [
    `**${(now?.status ?? "open").toUpperCase()}** since ${minute(now?.by.at ?? "")} · ${escapeMarkdown(runbook.severities[severity].name)} · ${escapeMarkdown(runbook.incident_types[type]?.name ?? type)} · ${mcpsOf(
      entries,
    )
      .map((mcp) => codeSpan(mcp))
      .join(", ")} in ${codeSpan(environment)}`,
    takenLine(entries, runbook),
    missing.length === 0 ? "Every step is done." : ["Open:", ...open].join("\n"),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
