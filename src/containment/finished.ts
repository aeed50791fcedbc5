import { outcomeSince } from "../gate/approvals.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { ChangeAction } from "./changes.ts";

/**
 * How an earlier attempt of this run brought its plan to an end, when nothing was contained or restored since. The job
 * then has nothing left to change; what the earlier one may not have come to is done: issue, comment and summary say so.
 * In any other case the gate decides, which lets no approval count twice.
 */
export async function finishedByThisRun(
  { context, log, summary }: ActionDeps,
  record: IncidentRecord,
  action: ChangeAction,
): Promise<LedgerEntry<"contained" | "restored"> | undefined> {
  const planned = record.all("planned").findLast(({ data }) => data.runId === context.runId);
  const own = planned && outcomeSince(record.entries, planned, context.runId);
  const newest = record.entries.findLast(({ kind }) => kind === "contained" || kind === "restored");
  if (own === undefined || own !== newest || own.data.action !== action) return undefined;
  log.info(
    `${action}  an earlier attempt of this run has ${own.kind} the incident already; nothing is changed`,
  );
  const title = own.kind === "contained" ? "Contained" : "Restored";
  const markdown = `### ${title}, by attempt ${own.by.runAttempt} of this run\n\n${codeSpan(own.data.summary, 400)}\n`;
  await record.project();
  if (own.kind === "contained")
    await record.comment(`contained/${action}/${own.by.runId}/${own.by.runAttempt}`, markdown);
  await summary(markdown);
  return own;
}
