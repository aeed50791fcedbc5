import { FirebreakError } from "../errors.ts";
import type { Refusal } from "../incident/entries.ts";
import { codeBlock } from "../incident/markdown.ts";
import { type CheckContext, refusal } from "./request.ts";

/**
 * Records a refusal everywhere it has to be seen: ledger, issue, comment, job summary.
 * @returns the error to throw, with every reason and every remedy.
 */
export async function refuse(
  { deps, record, request }: CheckContext,
  found: readonly Refusal[],
  stage: "gate" | "recheck",
): Promise<FirebreakError> {
  const refusals = found.length > 0 ? [...found] : [undecided()];
  const { runId, runAttempt } = deps.context;
  const key = `gate-refused/${request.action}/${runId}/${runAttempt}/${stage}`;
  try {
    await record.append("gate-refused", { action: request.action, refusals }, key);
  } catch (error) {
    // The refusal stands all the same, and its reasons must not be lost behind this one.
    deps.log.error(`The refusal could not be written to the ledger: ${(error as Error).message}`);
  }
  await record.project();
  const markdown = refusalMarkdown(request.action, record.id, refusals);
  await record.comment(key, markdown);
  await deps.summary(markdown);
  return refusalError(request.action, record.id, refusals);
}

/** All refusals as one error; its reason is the first one's. */
export function refusalError(action: string, incident: string, refusals: readonly Refusal[]): FirebreakError {
  const [first] = refusals;
  const reasons = refusals.map(({ reason, message }) => `[${reason}] ${message}`).join("\n");
  const remedies = [...new Set(refusals.map(({ remedy }) => remedy))].join("\n");
  return new FirebreakError(
    first?.reason ?? "refused",
    `The gate refused ${action} for ${incident}; nothing was changed.\n${reasons}`,
    remedies,
  );
}

export function refusalMarkdown(action: string, incident: string, refusals: readonly Refusal[]): string {
  const blocks = refusals.map(({ reason, message, remedy }) =>
    [`**${reason}**`, "", codeBlock(`${message}\nTo mend it: ${remedy}`)].join("\n"),
  );
  return [`### Refused: ${action} for ${incident}`, "", "Nothing was changed.", "", ...blocks, ""].join("\n");
}

function undecided(): Refusal {
  return refusal("no-capture", "No capture was found that serves.", "Run the job again.");
}
