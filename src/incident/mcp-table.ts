import type { LedgerEntry } from "./entries.ts";
import { codeSpan } from "./markdown.ts";
import { viewsOf } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import { ofKind } from "./state.ts";
import { type Turn, turnOf } from "./status.ts";

/** What stands where with each mcp of an incident, as a table; empty where there is only the declared one. Pure. */
export function mcpTable(entries: readonly LedgerEntry[]): string {
  const views = viewsOf(entries);
  if (views.length < 2) return "";
  const spared = nothingToContain(entries) !== undefined;
  return [
    summary(
      views.map((view) => turnOf(view.entries, false)),
      spared,
    ),
    "",
    "| mcp | State | Approved by | Evidence | Plan SHA-256 |",
    "|---|---|---|---|---|",
    ...views.map((view) => row(view.mcp, view.entries, spared)),
  ].join("\n");
}

function summary(states: readonly Turn[], spared: boolean): string {
  const of = (status: Turn, word: string) => {
    const many = states.filter((one) => one === status).length;
    return many === 0 ? [] : [`${many} ${word}`];
  };
  const counts = [
    ...of("open", spared ? "with nothing to contain" : "not contained"),
    ...of("contained", "contained"),
    ...of("monitoring", "restored"),
  ];
  const open =
    states.includes("open") && !spared ? " The incident is contained only when all of them are." : "";
  return `**${states.length} mcps: ${counts.join(", ")}.**${open}`;
}

function row(mcp: string, view: readonly LedgerEntry[], spared: boolean): string {
  const passed = ofKind(view, "gate-passed").at(-1)?.data;
  const capture = passed?.capture ?? ofKind(view, "capture-sealed").at(-1)?.data.capture;
  const plan = ofKind(view, "planned").at(-1)?.data;
  const cells = [
    codeSpan(mcp),
    stateOf(view, spared),
    passed ? passed.approvals.map(({ login }) => codeSpan(login, 60)).join(", ") : "–",
    capture === undefined ? "–" : codeSpan(capture),
    plan ? `${codeSpan(plan.sha256.slice(0, 12))} (${plan.plan.change})` : "–",
  ];
  return `| ${cells.join(" | ")} |`;
}

function stateOf(view: readonly LedgerEntry[], spared: boolean): string {
  const turned = view.findLast(({ kind }) => ["contained", "restored"].includes(kind));
  const status = turned
    ? `${turned.kind}, ${turned.at.slice(0, 19).replace("T", " ")} UTC`
    : spared
      ? "nothing to contain"
      : "**not contained**";
  const trouble = spared ? [] : troubleSince(view);
  return trouble.length === 0
    ? status
    : `${status}<br>stopped: ${trouble.map((one) => codeSpan(one)).join(", ")}`;
}

/** Why the last thing that was tried stopped; nothing when it did not. */
function troubleSince(view: readonly LedgerEntry[]): string[] {
  const last = view.findLast(({ kind }) =>
    ["gate-refused", "not-contained", "plan-failed", "planned", "contained", "restored"].includes(kind),
  );
  if (last?.kind === "gate-refused") return [...new Set(last.data.refusals.map(({ reason }) => reason))];
  return last?.kind === "not-contained" || last?.kind === "plan-failed" ? [last.data.reason] : [];
}
