import { outcomeSince } from "../gate/approvals.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { ChangeAction } from "./changes.ts";

/**
 * How an earlier attempt of this run brought its plan to an end, when nothing was contained or restored since. The job
 * then has nothing left to do. In any other case the gate decides, which lets no approval count twice.
 */
export function finishedByThisRun(
  { context, log }: ActionDeps,
  record: IncidentRecord,
  action: ChangeAction,
): LedgerEntry<"contained" | "restored"> | undefined {
  const planned = record.all("planned").findLast(({ data }) => data.runId === context.runId);
  const own = planned && outcomeSince(record.entries, planned, context.runId);
  const newest = record.entries.findLast(({ kind }) => kind === "contained" || kind === "restored");
  if (own === undefined || own !== newest || own.data.action !== action) return undefined;
  log.info(
    `${action}  an earlier attempt of this run has ${own.kind} the incident already; nothing is changed`,
  );
  return own;
}
