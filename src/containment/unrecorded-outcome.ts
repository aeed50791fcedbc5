import { readReviews } from "../gate/approvals.ts";
import { containCommand, restoreCommand } from "../incident/commands.ts";
import type { EntryData, LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";

const OUTCOMES: readonly LedgerEntry["kind"][] = ["gate-refused", "not-contained", "contained", "restored"];

/**
 * How this run's change ended, where neither its gate nor its action got to say so.
 * @returns undefined when the ledger has an outcome of this attempt, when nothing was planned, or when all went well.
 */
export async function unrecordedOutcome(
  deps: ActionDeps,
  record: IncidentRecord,
  result: "success" | "failure" | "cancelled" | "skipped",
): Promise<EntryData<"not-contained"> | undefined> {
  const { runId, runAttempt } = deps.context;
  const own = record.entries.filter(({ by }) => by.runId === runId && by.runAttempt === runAttempt);
  const planned = record.all("planned").findLast(({ data }) => data.runId === runId)?.data;
  if (result === "success" || result === "skipped" || !planned?.plan.action) return undefined;
  if (own.some(({ kind }) => OUTCOMES.includes(kind))) return undefined;

  const { action, change } = planned.plan;
  const again = change === "restore" ? restoreCommand(record) : containCommand(record);
  const environment = record.target.githubEnvironment;
  const reviews = (await readReviews(deps, environment)).slice(planned.approvalsBefore);
  const rejection = reviews.find(({ state }) => state === "rejected");
  if (rejection) {
    return {
      action,
      reason: "rejected",
      message: `The deployment to '${environment}' was rejected by ${rejection.person?.login ?? "a deleted account"}; nothing was changed.`,
      remedy: `Settle it with the reviewer, then dispatch anew: ${again}`,
    };
  }
  const begun =
    own.filter(({ kind }) => kind === "change-intended").length >
    own.filter(({ kind }) => kind === "change-made").length;
  return {
    action,
    reason: "ended-early",
    message: begun
      ? `The job ended as ${result} in the middle of a change; what it was about to do stands in the ledger.`
      : `The job ended as ${result} before its gate decided; nothing was changed.`,
    remedy: begun
      ? "Re-run the failed jobs of this run: it goes on from where it stopped."
      : `Dispatch anew: ${again}`,
  };
}
