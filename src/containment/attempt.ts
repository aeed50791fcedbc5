import { FirebreakError } from "../errors.ts";
import { codeBlock } from "../incident/markdown.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import type { ChangeAction } from "./changes.ts";

/**
 * Does the changing part of an action. When it fails, the ledger, the issue and the job summary say so, with the
 * reason, the remedy and the way back.
 * @param wayBack how to take back what may have been changed by then.
 */
export async function attempt<Result>(
  deps: ActionDeps,
  record: IncidentRecord,
  action: ChangeAction,
  wayBack: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const failure = explain(action, wayBack, cause);
    const { reason, message, remedy } = failure;
    const { runId, runAttempt } = deps.context;
    const key = `not-contained/${action}/${runId}/${runAttempt}`;
    try {
      await record.append("not-contained", { action, reason, message, remedy }, key);
    } catch (error) {
      // What went wrong with the change matters more than that it could not be written down.
      deps.log.error(`The failure could not be written to the ledger: ${(error as Error).message}`);
    }
    await record.project();
    const text = codeBlock(`${reason}: ${message}\nTo mend it: ${remedy}`);
    await deps.summary(`### Not finished: ${action} for ${record.name}\n\n${text}\n`);
    throw failure;
  }
}

function explain(action: ChangeAction, wayBack: string, cause: unknown): FirebreakError {
  if (cause instanceof FirebreakError) {
    return new FirebreakError(cause.reason, cause.message, `${cause.remedy}\n${wayBack}`, {
      cause: cause.cause,
    });
  }
  const problem = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const remedy = `Mend the cause and run the job again: it goes on from where it stopped.\n${wayBack}`;
  return new FirebreakError("change-failed", `${action} failed half-way: ${problem}`, remedy, { cause });
}
