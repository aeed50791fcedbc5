import { describeError, FirebreakError } from "../errors.ts";
import type { Refusal } from "../incident/entries.ts";
import { codeBlock } from "../incident/markdown.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { breakGlassHint } from "./break-glass.ts";
import { type CheckContext, refusal } from "./request.ts";

/**
 * Records a refusal everywhere it has to be seen: ledger, issue, comment, job summary.
 * @returns the error to throw, with every reason and every remedy.
 */
export async function refuse(
  context: CheckContext,
  found: readonly Refusal[],
  stage: "gate" | "recheck",
): Promise<FirebreakError> {
  const { deps, record, request } = context;
  const refusals = withHint(context, found.length > 0 ? found : [noCapture()]);
  const { runId, runAttempt } = deps.context;
  const key = `gate-refused/${request.action}/${runId}/${runAttempt}/${stage}`;
  try {
    await record.append("gate-refused", { action: request.action, refusals }, key);
  } catch (error) {
    // The refusal stands all the same, and its reasons must not be lost behind this one.
    deps.log.error(`The refusal could not be written to the ledger: ${(error as Error).message}`);
  }
  await record.project();
  const changed = changesOf(record, runId);
  const markdown = refusalMarkdown(request.action, record.name, refusals, changed);
  await record.comment(key, markdown);
  await deps.summary(markdown);
  return refusalError(request.action, record.name, refusals, changed);
}

/** Everything held, and that cannot be recorded: nothing is changed either. */
export function ledgerNotWritten(incident: string, cause: unknown): FirebreakError {
  if (cause instanceof FirebreakError) return cause;
  return new FirebreakError(
    "ledger-not-written",
    `The ledger of ${incident} cannot be written, so nothing was changed: ${describeError(cause)}`,
    "Mend the cause (often a permission of the role on the vault), then re-run the failed jobs of this run.",
    { cause },
  );
}

/** All refusals as one error; its reason is the first one's. */
function refusalError(
  action: string,
  incident: string,
  refusals: readonly Refusal[],
  changed: string,
): FirebreakError {
  const [first] = refusals;
  const reasons = refusals.map(({ reason, message }) => `[${reason}] ${message}`).join("\n");
  const remedies = [...new Set(refusals.map(({ remedy }) => remedy))].join("\n");
  return new FirebreakError(
    first?.reason ?? "refused",
    `The gate refused ${action} for ${incident}; ${changed}.\n${reasons}`,
    remedies,
  );
}

function refusalMarkdown(
  action: string,
  incident: string,
  refusals: readonly Refusal[],
  changed: string,
): string {
  const blocks = refusals.map(({ reason, message, remedy }) =>
    [`**${reason}**`, "", codeBlock(`${message}\nTo mend it: ${remedy}`)].join("\n"),
  );
  return [`### Refused: ${action} for ${incident}`, "", `By the gate; ${changed}.`, "", ...blocks, ""].join(
    "\n",
  );
}

/** An attempt that is refused changes nothing; an earlier one of this run may have. */
function changesOf(record: IncidentRecord, runId: number): string {
  const begun = record.all("change-intended").some(({ by }) => by.runId === runId);
  return begun
    ? "this attempt changed nothing; what an earlier one changed stands in the ledger"
    : "nothing was changed";
}

/** The last remedy is the last resort. */
function withHint(context: CheckContext, refusals: readonly Refusal[]): Refusal[] {
  const hint = breakGlassHint(context, refusals);
  if (hint === undefined) return [...refusals];
  return refusals.map((one, index) =>
    index === refusals.length - 1 ? { ...one, remedy: `${one.remedy}\n${hint}` } : one,
  );
}

/** For when nothing refuses and nothing serves either. */
function noCapture(): Refusal {
  return refusal("no-capture", "No capture was found that serves.", "Run the job again.");
}
