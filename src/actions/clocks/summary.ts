import { byNumber } from "../../clocks/choose.ts";
import type { ClocksRun } from "../../clocks/run-clocks.ts";
import { codeSpan } from "../../incident/markdown.ts";

/** A job summary holds 1 MiB: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits */
const SHOWN = 500;

/** The job summary: an incident a row, those that are overdue first. */
export function clocksTable(
  { incidents, done, failures, read, looked }: ClocksRun,
  now: Date,
  dryRun: boolean,
): string {
  const isLate = ({ due }: { due: string }) => Date.parse(due) <= now.getTime();
  const open = [...incidents]
    .filter(([incident, row]) => row.open.length > 0 || done.has(incident) || failures.has(incident))
    .sort(([one], [other]) => byNumber(one, other))
    .sort(([, one], [, other]) => Number(other.open.some(isLate)) - Number(one.open.some(isLate)));
  const rows = open.slice(0, SHOWN).map(([incident, row]) => {
    const { reminded = [], told = [] } = done.get(incident) ?? {};
    const late = row.open.filter(isLate).map(({ id }) => id);
    const next = row.open
      .filter((one) => !isLate(one))
      .map(({ id, due }) => `${id}, ${due.slice(0, 16).replace("T", " ")}`);
    return `| ${incident} | ${row.severity} | ${list(late)} | ${list(next)} | ${failures.has(incident) ? "**failed**" : list([...reminded, ...told])} |`;
  });
  const more = open.length - SHOWN;
  const counted = `${incidents.size} incidents known, ${open.length} with something open; ${read} ledgers read, ${looked} looked at.`;
  return [
    `## Clocks${dryRun ? ": dry run, nobody is told" : ""}`,
    "",
    counted,
    "",
    ...(rows.length === 0
      ? []
      : [
          `| Incident | Severity | Overdue | Due (UTC) | ${dryRun ? "Would be told" : "Told now"} |`,
          "|---|---|---|---|---|",
          ...rows,
          ...(more > 0 ? ["", `and ${more} more.`] : []),
        ]),
    "",
  ].join("\n");
}

function list(entries: readonly string[]): string {
  return entries.length === 0 ? "–" : entries.map((entry) => codeSpan(entry, 200)).join("<br>");
}
