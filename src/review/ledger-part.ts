import { completeness } from "../incident/completeness.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import { viewsOf } from "../incident/mcps.ts";
import { renderPlan } from "../incident/render.ts";
import { rootCauses } from "../incident/root-cause.ts";
import { ofKind } from "../incident/state.ts";
import { timelineTable } from "../incident/timeline.ts";
import type { Runbook } from "../runbook/schema.ts";
import { deviations } from "./deviations.ts";
import { type Outage, outages } from "./service-time.ts";
import { duration, type MeasuredTime, measuredTimes, missed } from "./times.ts";

/** All that the ledger knows of an incident, for those who review it. Pure: the newest entry tells the time. */

/** GitHub's limit for a comment, as for an issue's body (https://docs.github.com/en/rest/issues/comments). */
const LONGEST = 65_536;
/** For the marker before it. */
const ROOM = 500;

/** For a comment: as much of the timeline as fits. */
export function renderLedgerPart(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const sizes = [entries.length, 250, 120, 60, 25, 8];
  const times = measuredTimes(entries, runbook);
  const renderings = sizes.map(
    (size) => () => ledgerSections(entries, runbook, times, size, true).join("\n\n"),
  );
  const fitting = renderings.map((render) => render()).find((text) => text.length <= LONGEST - ROOM);
  return (
    fitting ??
    ledgerSections(entries, runbook, times, 8, false)
      .join("\n\n")
      .slice(0, LONGEST - ROOM)
  );
}

/**
 * The sections as they stand in the comment and in the record.
 * @param limit how many lines lists may have. @param plans whether the plans are shown in full.
 */
export function ledgerSections(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  times: readonly MeasuredTime[],
  limit: number,
  plans: boolean,
): string[] {
  const strayed = deviations(entries, runbook);
  const causes = rootCauses(entries);
  return [
    "## How long it took",
    timesTable(times),
    ...(causes.length === 0
      ? []
      : ["## Root cause as given with the restore", ...causes.map((cause) => codeBlock(cause, 4_000))]),
    "## Evidence",
    evidence(entries, runbook),
    "## Plan and approvals",
    approvals(entries, plans),
    "## What did not go by the runbook",
    listed(strayed, limit),
    "## What it cost in service",
    serviceTime(outages(entries)),
    "## Timeline",
    timelineTable(entries, limit),
    `<sub>From the ledger, ${entries.length} entries; the newest has the SHA-256 \`${entries.at(-1)?.sha256}\`.</sub>`,
  ];
}

/** The newest of them; the oldest are left out beyond `limit`, and the list says so. */
function listed(lines: readonly string[], limit: number): string {
  if (lines.length === 0) return "Nothing that the ledger knows of.";
  const left = lines.length - limit;
  return [...(left > 0 ? [`- ${left} more are in the ledger`] : []), ...lines.slice(-limit)].join("\n");
}

function timesTable(times: readonly MeasuredTime[]): string {
  const rows = times.map((time) => {
    const took = time.minutes === null ? (time.open ? "not yet" : "–") : duration(time.minutes);
    const allowed = time.target === null ? "–" : duration(time.target);
    const verdict = { true: "**missed**", false: "met", undefined: "–" }[String(missed(time))];
    return `| ${time.measure} | ${escapeMarkdown(time.what)} | ${took} | ${allowed} | ${verdict} | ${second(time.from)} | ${time.to === null ? "–" : second(time.to)} |`;
  });
  return [
    "| Time to | From … to | Took | Runbook | | From (UTC) | To (UTC) |",
    "|---|---|--:|--:|---|---|---|",
    ...rows,
  ].join("\n");
}

function evidence(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const captures = ofKind(entries, "capture-sealed");
  const rows = captures.map(({ at, data }) => {
    const adds = data.supplements === undefined ? "" : `, adds to ${codeSpan(data.supplements)}`;
    return `| ${codeSpan(data.capture)} | ${second(at)} | ${escapeMarkdown(completeness(data, runbook).words)}${adds} | ${data.items} | ${data.bytes} | ${codeSpan(data.manifestSha256)} |`;
  });
  const table =
    rows.length === 0
      ? "**No capture was sealed.**"
      : [
          "| Capture | Sealed (UTC) | | Items | Bytes | Manifest SHA-256 |",
          "|---|---|---|--:|--:|---|",
          ...rows,
        ].join("\n");
  return [table, verdict(entries)].join("\n\n");
}

function verdict(entries: readonly LedgerEntry[]): string {
  const last = ofKind(entries, "evidence-verified").at(-1);
  if (!last) return "Not verified yet.";
  const { data, at } = last;
  const found = data.found.map((one) => `- ${codeSpan(one, 400)}`);
  const more = data.findings > found.length ? [`- and ${data.findings - found.length} more`] : [];
  const said =
    data.verdict === "verified"
      ? "verified: everything is there, and is what was sealed"
      : data.verdict.replaceAll("-", " ");
  return [
    `The verifier, ${second(at)} UTC, up to the entry ${codeSpan(data.ledgerHead ?? "")}: **${said}**.`,
    ...found,
    ...more,
  ].join("\n");
}

/** For each mcp its plans, who approved them, and what was changed. */
function approvals(entries: readonly LedgerEntry[], full: boolean): string {
  const views = viewsOf(entries);
  const parts = views.map(({ mcp, entries: view }) => {
    const planned = ofKind(view, "planned");
    const gates = [...ofKind(view, "gate-passed"), ...ofKind(view, "glass-broken")].sort(
      (a, b) => a.sequence - b.sequence,
    );
    const rows = gates.map(
      ({ at, kind, data }) =>
        `| ${second(at)} | ${codeSpan(data.action)}${kind === "glass-broken" ? ", **glass broken**" : ""} | ${data.approvals.map(({ login }) => codeSpan(login, 60)).join(", ")} | ${codeSpan(data.planSha256)} |`,
    );
    const newest = planned.filter(({ data }) => data.plan.change === "contain").at(-1)?.data;
    const plan =
      newest === undefined
        ? "No plan to contain was recorded."
        : full
          ? renderPlan(newest.plan, newest.sha256)
          : `Plan SHA-256: \`${newest.sha256}\``;
    const table =
      rows.length === 0
        ? "Nothing was approved."
        : ["| When (UTC) | Action | Approved by | Plan SHA-256 |", "|---|---|---|---|", ...rows].join("\n");
    return [...(views.length === 1 ? [] : [`### ${codeSpan(mcp)}`]), plan, table, changes(view)].join("\n\n");
  });
  return parts.join("\n\n");
}

function changes(view: readonly LedgerEntry[]): string {
  const made = ofKind(view, "change-made");
  if (made.length === 0) return "Nothing was changed automatically.";
  const rows = made.map(
    ({ at, data }) => `| ${second(at)} | ${codeSpan(data.step)} | ${codeSpan(data.target)} |`,
  );
  return ["| When (UTC) | Change | Target |", "|---|---|---|", ...rows].join("\n");
}

function serviceTime(found: readonly Outage[]): string {
  if (found.length === 0)
    return "Firebreak took no task away. What the attack itself cost is not in the ledger.";
  const rows = found.map(({ mcp, serving, tasks, from, to, minutes }) => {
    const state = serving === "none" ? `stood at 0 of ${tasks} tasks` : `up to ${tasks} tasks fewer`;
    return `| ${codeSpan(mcp)} | ${state} | ${second(from)} | ${to === null ? "**still**" : second(to)} | ${duration(minutes)} |`;
  });
  return ["| mcp | | From (UTC) | To (UTC) | For |", "|---|---|---|---|--:|", ...rows].join("\n");
}

function second(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}
