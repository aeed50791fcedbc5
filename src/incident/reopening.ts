import { isOver, type MissingStep, missingList, missingSteps } from "./closing.ts";
import type { IssueDeps, IssueState } from "./issue.ts";
import { codeSpan } from "./markdown.ts";
import type { IncidentRecord } from "./record.ts";
import { ofKind } from "./state.ts";

/** Opening an incident's issue again that is closed while something is to be done. */

const COMMENT = "issue-reopened";

/** The key of what the ledger says of it. @param closedAt as GitHub has it. */
export function reopenedKey(closedAt: string): string {
  return `${COMMENT}/${closedAt}`;
}

/**
 * Opens the closed issue of an incident that is not over, whoever closed it, and says what is missing, in one comment which
 * is edited when it happens again. The ledger has whoever closed it early; that an incident came alive again which was over
 * when its issue was closed, is nobody's doing. The caller renders the issue.
 * @returns what is missing; empty for an incident that is over, whose issue stays closed.
 */
export async function openAgain(
  deps: IssueDeps,
  record: IncidentRecord,
  { closed_at: closedAt, closed_by }: Pick<IssueState, "closed_at" | "closed_by">,
): Promise<MissingStep[]> {
  const missing = missingSteps(record.chain, record.runbook);
  if (missing.length === 0 || closedAt === null) return missing;
  const early = !wasOver(record, closedAt);
  const closedBy = closed_by?.login ?? "somebody";
  if (early) {
    const data = { closedBy, closedAt, missing: missing.map(({ id }) => id) };
    await record.append("issue-reopened", data, reopenedKey(closedAt));
  }
  await record.keepComment(COMMENT, words(record, early ? closedBy : null, missing));
  const { owner, repo } = deps.context;
  await deps.github.rest.issues.update({ owner, repo, issue_number: record.number, state: "open" });
  return missing;
}

/** Whether nothing was left to be done when the issue was closed; GitHub's moment is without its fraction of a second. */
function wasOver({ chain, runbook }: IncidentRecord, closedAt: string): boolean {
  const end = Math.floor(Date.parse(closedAt) / 1000) * 1000 + 1000;
  const then = chain.filter(({ at }) => Date.parse(at) < end);
  return then.length > 0 && isOver(then, runbook);
}

function words(record: IncidentRecord, closedBy: string | null, missing: readonly MissingStep[]): string {
  const left = `Its issue is closed by itself once nothing of this is left:\n\n${missingList(missing)}`;
  if (closedBy === null)
    return `${record.id} was over when it was closed, and something is to be done again, so it is open again. ${left}`;
  const times = ofKind(record.chain, "issue-reopened").length;
  const who = codeSpan(closedBy, 60);
  const again = times > 1 ? ` (${times} times so far, ${who} last)` : ` by ${who}`;
  return `Thank you for tidying up. ${record.id} was closed${again} while something is still to be done, so it is open again. ${left}`;
}
