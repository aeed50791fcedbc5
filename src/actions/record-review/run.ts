import { resolve } from "node:path";
import { describeError, FirebreakError } from "../../errors.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { incidentOfIssue, lately } from "./candidates.ts";
import type { RecordReviewInputs } from "./inputs.ts";
import { type Occasion, type Outcome, recordReview } from "./record-review.ts";
import { outcomeTable } from "./summary.ts";

/**
 * Brings reviews to their record: of one incident by hand, of the one whose review or improvement was just closed, or of all
 * that are proposed at the moment, or were closed and led to nothing. An incident of another environment, and an issue that
 * the ledger does not know as a review, are left alone.
 * @throws FirebreakError `review-incomplete` by hand when something is missing; `record-failed` when one of several failed,
 * once all others are done.
 */
export async function run(inputs: RecordReviewInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const { numbers, occasion } = await candidates(inputs, deps);
  const done: { incident: string; outcome: Outcome }[] = [];
  const failures: { incident: string; error: unknown }[] = [];
  for (const number of numbers) {
    try {
      const record = await openHere(deps, runbook, inputs.environment, number, inputs.incident !== undefined);
      if (!record) continue;
      const outcome = await recordReview(deps, record, occasion, inputs);
      deps.log.info(`${record.id}  ${outcome.words}`);
      done.push({ incident: record.id, outcome });
    } catch (error) {
      if (numbers.length === 1) throw error;
      failures.push({ incident: `INC-${number}`, error });
      deps.log.error(`INC-${number}  ${describeError(error)}`);
    }
  }
  await deps.summary(outcomeTable(done, inputs.dryRun));
  const outputs = outputsOf(done.map(({ outcome }) => outcome));
  if (failures.length > 0) throw severalFailed(failures, outputs);
  const [only] = done;
  if (inputs.incident !== undefined && only && only.outcome.missing.length > 0)
    throw incomplete(only.incident, only.outcome, outputs);
  return outputs;
}

async function candidates(
  inputs: RecordReviewInputs,
  deps: ActionDeps,
): Promise<{ numbers: number[]; occasion: Occasion }> {
  if (inputs.incident !== undefined) return { numbers: [inputs.incident], occasion: { is: "by-hand" } };
  if (inputs.closedIssue === undefined) return { numbers: await lately(deps), occasion: { is: "look" } };
  const incident = await incidentOfIssue(deps, inputs.closedIssue);
  const occasion: Occasion = { is: "closed", issue: inputs.closedIssue };
  return { numbers: incident === undefined ? [] : [incident], occasion };
}

/** Undefined where this environment's vault holds no such incident: then it is another environment's. */
async function openHere(
  deps: ActionDeps,
  runbook: Runbook,
  environment: string,
  number: number,
  asked: boolean,
): Promise<IncidentRecord | undefined> {
  if (asked) return IncidentRecord.open(deps, runbook, environment, number);
  const record = await IncidentRecord.find(deps, runbook, environment, number);
  if (!record) deps.log.info(`INC-${number} is no incident of ${environment}.`);
  return record;
}

function outputsOf(outcomes: readonly Outcome[]): Outputs {
  const [only] = outcomes.length === 1 ? outcomes : [];
  return {
    complete: only === undefined ? "" : String(only.missing.length === 0),
    "pull-request": only?.pullRequest === undefined ? "" : String(only.pullRequest),
    record: only?.record ?? "",
    reviewed: String(outcomes.some(({ reviewed }) => reviewed)),
  };
}

function incomplete(incident: string, { missing }: Outcome, outputs: Outputs): FirebreakError {
  return new FirebreakError(
    "review-incomplete",
    `The review of ${incident} is not complete. ${missing.join(" ")}`,
    "Add what is missing to the review issue, then close it, or run record-review.yml again.",
    { outputs },
  );
}

function severalFailed(
  failures: readonly { incident: string; error: unknown }[],
  outputs: Outputs,
): FirebreakError {
  const [first] = failures;
  const names = failures.map(({ incident }) => incident).join(", ");
  const remedy = first?.error instanceof FirebreakError ? first.error.remedy : "Read the log above.";
  const message = `The records of ${names} could not be looked after. First: ${first?.error instanceof Error ? first.error.message : String(first?.error)}`;
  return new FirebreakError("record-failed", message, remedy, { outputs, cause: first?.error });
}
