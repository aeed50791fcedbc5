import { outcomeSince } from "../gate/approvals.ts";
import { breakGlassOf, decidingEnvironment } from "../gate/break-glass.ts";
import { readReviews, reviewsSince } from "../gate/reviews.ts";
import { againCommand, breakGlassCommand } from "../incident/commands.ts";
import type { EntryData, LedgerEntry } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";

const OUTCOMES: readonly LedgerEntry["kind"][] = ["gate-refused", "not-contained", "contained", "restored"];

const BEGUN =
  "changes of this run have begun: what was about to be done, and what was done, stands in the ledger";

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
  const entry = record.all("planned").findLast(({ data }) => data.runId === runId);
  if (result === "success" || result === "skipped" || !entry?.data.plan.action) return undefined;
  if (own.some(({ kind }) => OUTCOMES.includes(kind))) return undefined;
  // A job of a matrix whose work an earlier attempt finished fails together with its neighbours.
  if (outcomeSince(record.entries, entry, runId)) return undefined;

  const { action, change } = entry.data.plan;
  const again = breakGlassOf({ deps, record }) ? breakGlassCommand(record) : againCommand(change, record);
  const environment = decidingEnvironment({ deps, record });
  const reviews = reviewsSince(await readReviews(deps, environment), entry.data);
  // In whichever attempt, noted as made or not: something may have been changed.
  const begun = record
    .all("change-intended")
    .some(({ by, sequence }) => by.runId === runId && sequence > entry.sequence);
  const rejection = reviews.find(({ state }) => state === "rejected");
  if (rejection) {
    return {
      action,
      reason: "rejected",
      message: `The deployment to '${environment}' was rejected by ${rejection.person?.login ?? "a deleted account"}; ${begun ? BEGUN : "nothing was changed"}.`,
      remedy: `Settle it with the reviewer, then dispatch anew: ${again}`,
    };
  }
  return {
    action,
    reason: "ended-early",
    message: begun
      ? `The job ended as ${result} before it was done; ${BEGUN}.`
      : `The job ended as ${result} before its gate decided; nothing was changed.`,
    remedy: begun
      ? "Re-run the failed jobs of this run: it goes on from where it stopped."
      : `Dispatch anew: ${again}`,
  };
}
