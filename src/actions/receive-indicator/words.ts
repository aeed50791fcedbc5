import { codeSpan } from "../../incident/markdown.ts";
import { placeName } from "../../intake/desk.ts";
import type { Reception } from "../../intake/receive.ts";
import type { Signal } from "../../intake/signal.ts";
import type { Outputs } from "../../ports.ts";

export function outputsOf(reception: Reception): Outputs {
  return {
    outcome: reception.outcome,
    signal: placeName(reception.place),
    incident: reception.outcome === "joined" ? String(reception.incident) : "",
  };
}

/** What came of a signal: in the runbook's words, and what was seen as code. */
export function summaryOf(signal: Signal, reception: Reception): { plain: string; markdown: string } {
  const said = sentence(signal, reception);
  const rows = [
    ["Indicator", `\`${signal.indicator}\``],
    ["mcp", `${codeSpan(signal.mcp)} in ${codeSpan(signal.environment)}`],
    ["Seen", signal.seenAt],
    ["What", codeSpan(signal.what)],
    ["Proposed", `${signal.proposed.severity}, \`${signal.proposed.type}\`: a person decides`],
  ];
  const table = ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
  return { plain: said, markdown: `## ${said}\n\n${table}\n` };
}

export function sentence({ indicator }: Signal, reception: Reception): string {
  const before = reception.again ? " This signal had arrived before." : "";
  const place = `${placeName(reception.place)} of ${reception.place.mcp}`;
  if (reception.outcome === "joined") return `${indicator} joined INC-${reception.incident}.${before}`;
  if (reception.outcome === "follows")
    return `${indicator} joins the incident that ${place} is declaring.${before}`;
  return `${indicator} declares an incident (${place}).${before}`;
}
