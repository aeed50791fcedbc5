import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import { manualStepsOf } from "./manual-steps.ts";
import { viewsOf } from "./mcps.ts";
import { nothingToContain } from "./nothing-to-contain.ts";
import { escalationSteps } from "./state.ts";
import { Telling } from "./telling-entries.ts";

/** How far an incident has come. Each status includes those before it. Pure. */
export const STATUSES = ["open", "contained", "monitoring", "resolved", "reviewed"] as const;
export type Status = (typeof STATUSES)[number];

/** Where one mcp stands. */
export type Turn = Extract<Status, "open" | "contained" | "monitoring">;

/**
 * `open`: not contained, on at least one mcp. `monitoring`: contained, and either given back to its users or remediated
 * (the runbook's steps with `leads_to: monitoring`). `resolved`: every step that applies is done but the review. `reviewed`:
 * that, too. Where a person says that nothing has to be contained, it is `open` until it is resolved.
 */
export function statusOf(entries: readonly LedgerEntry[], runbook: Runbook): Status {
  const steps = escalationSteps(entries, runbook);
  const open = new Set(steps.filter(({ state }) => state === "open").map(({ id }) => id));
  const ofProcess = runbook.escalation.steps;
  const settled =
    ofProcess.every(({ id, done_when }) => done_when === "reviewed" || !open.has(id)) &&
    manualStepsOf(entries, runbook).every(({ by }) => by !== undefined);
  const marked = ofProcess.filter(({ leads_to }) => leads_to === "monitoring");
  const remediated = marked.length === 0 ? settled : marked.every(({ id }) => !open.has(id));
  const spared = nothingToContain(entries) !== undefined;
  const turns = viewsOf(entries)
    .map((view) => turnOf(view.entries, remediated))
    .filter((turn) => turn !== "open" || !spared);
  if (turns.includes("open")) return "open";
  if (turns.includes("contained")) return "contained";
  if (!settled) return turns.length > 0 ? "monitoring" : "open";
  return entries.some(({ kind }) => kind === "reviewed") ? "reviewed" : "resolved";
}

/**
 * Where one mcp stands. What is contained anew after it was given back is only left by giving it back again: what was
 * remediated before was not enough.
 * @param view what is about it, and about the incident as a whole.
 */
export function turnOf(view: readonly LedgerEntry[], remediated: boolean): Turn {
  const turns = view.map(({ kind }) => kind).filter((kind) => kind === "contained" || kind === "restored");
  const last = turns.at(-1);
  if (last === undefined) return "open";
  if (last === "restored" || (remediated && !turns.includes("restored"))) return "monitoring";
  return "contained";
}

/**
 * Each change of the status with the entry that made it, the declaration first. Looks only at what can move it, which is
 * never more than a few entries for each step, mcp and recipient: a ledger twice as long takes twice as long.
 */
export function statusHistory(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): { status: Status; by: LedgerEntry }[] {
  const history: { status: Status; by: LedgerEntry }[] = [];
  const telling = new Telling();
  for (const by of entries) {
    if (!telling.add(by)) continue;
    const status = statusOf(telling.entries(), runbook);
    if (status !== history.at(-1)?.status) history.push({ status, by });
  }
  return history;
}

/**
 * The entry since which the incident has been at least so far, without a step back; undefined while it is not. Where it
 * was contained, and then an mcp joined, that is when all of them were.
 */
export function reachedAt(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  status: Status,
): LedgerEntry | undefined {
  const history = statusHistory(entries, runbook);
  const before = history.findLastIndex((one) => STATUSES.indexOf(one.status) < STATUSES.indexOf(status));
  return history[before + 1]?.by;
}

/** Whether the incident is resolved, and became so after an entry: what came up later is still to be told. */
export function isResolvedSince(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  sequence: number,
): boolean {
  return (reachedAt(entries, runbook, "resolved")?.sequence ?? 0) > sequence;
}
