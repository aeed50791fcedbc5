import { commentOnce, type IssueDeps } from "../incident/issue.ts";
import type { Signal } from "./signal.ts";

/** Says in a report which incident it belongs to, once. A failure is a warning: the report stands in that one's record. */
export async function tellReporter(
  deps: IssueDeps,
  { reportedBy, reference }: Signal,
  incident: number,
): Promise<void> {
  const { serverUrl, owner, repo } = deps.context;
  const issues = `${serverUrl}/${owner}/${repo}/issues/`;
  if (reportedBy === null || !reference?.startsWith(issues)) return;
  const number = Number(reference.slice(issues.length));
  if (!Number.isSafeInteger(number) || number <= 0) return;
  try {
    const text = `This belongs to #${incident}, and stands in its record.`;
    await commentOnce(deps, number, "report/incident", text);
  } catch (error) {
    deps.log.warning(`The report #${number} could not be answered: ${(error as Error).message}`);
  }
}
