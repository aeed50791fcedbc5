import type { Judged } from "../../evidence/sweep/due.ts";
import type { Swept } from "../../evidence/sweep/sweep.ts";
import { codeSpan } from "../../incident/markdown.ts";

const NOTHING = "There is no open incident with evidence in the vault.";

/** The job summary of a sweep: an incident a row. */
export function sweptTable(done: readonly Swept[], failures: ReadonlyMap<string, unknown>): string {
  const rows = done.map(
    ({ incident, captures, final, open }) =>
      `| ${incident} | ${list(captures)} | ${list(final.map(({ source, capture, outcome }) => `${source} of ${capture}: ${outcome}`))} | ${list(open.map(({ source, capture, until }) => `${source} of ${capture}, until ${until}`))} |`,
  );
  const failed = [...failures].map(
    ([incident, error]) =>
      `| ${incident} | **failed** | ${codeSpan(error instanceof Error ? error.message : String(error), 600)} | |`,
  );
  if (rows.length + failed.length === 0) return `## Sweep\n\n${NOTHING}\n`;
  const head = ["| Incident | Captures added | Became final | Still awaited |", "|---|---|---|---|"];
  return `## Sweep\n\n${[...head, ...rows, ...failed].join("\n")}\n`;
}

/** The job summary of a dry run: what would be done with each source. */
export function plannedTable(planned: readonly { incident: string; judged: Judged }[]): string {
  const rows = planned.map(
    ({ incident, judged: { chain, source, state, until } }) =>
      `| ${incident} | ${codeSpan(chain.first.capture)} | ${codeSpan(source)} | ${WOULD[state]} | ${until.toISOString()} |`,
  );
  if (rows.length === 0) return "## Sweep: dry run\n\nThere is nothing to sweep.\n";
  const head = ["| Incident | Capture | Source | Would | Deadline |", "|---|---|---|---|---|"];
  return `## Sweep: dry run\n\n${[...head, ...rows].join("\n")}\n`;
}

const WOULD: Readonly<Record<Judged["state"], string>> = {
  collect: "be collected again",
  wait: "be waited for",
  complete: "be called final, complete",
  expired: "be given up, **not complete**",
};

function list(entries: readonly string[]): string {
  return entries.length === 0 ? "–" : entries.map((entry) => codeSpan(entry, 200)).join("<br>");
}
