import type { SeverityId } from "../runbook/schema.ts";
import type { Answer } from "./answer.ts";
import type { DetectionRow } from "./detection.ts";

export interface Proposal {
  /** Whether the audit records bear the row out; null when they cannot say. */
  borneOut: boolean | null;
  /** Null when the runbook proposes nothing for this row. */
  severity: SeverityId | null;
  type: string | null;
  why: string;
}

/**
 * What to declare, by the runbook's rule for the row. Only what was looked for and judged and not found lowers the
 * severity: an answer that leaves a doubt does not. A person decides.
 */
export function propose({ rule }: DetectionRow, answer: Answer | null): Proposal {
  if (!rule)
    return { borneOut: null, severity: null, type: null, why: "the runbook has no triage rule for it" };
  const proposal = (borneOut: boolean | null, severity: SeverityId, why: string) => {
    return { borneOut, severity, type: rule.type, why };
  };
  if (rule.ask.length === 0) {
    return proposal(null, rule.severity, "the audit records cannot say; look where the runbook says");
  }
  if (!answer) return proposal(null, rule.severity, "the audit records were not read here; ask Athena");
  const flagged = answer.tables.filter((table) => (table.flagged ?? 0) > 0);
  if (flagged.length > 0) {
    const users = new Set(flagged.flatMap(({ flaggedUsers }) => flaggedUsers));
    const found = `out of the ordinary: ${flagged.map(({ title }) => title.toLowerCase()).join("; ")}`;
    return rule.single_user !== undefined && users.size === 1 && !users.has(null)
      ? proposal(true, rule.single_user, `${found}; all of it about one user`)
      : proposal(true, rule.severity, found);
  }
  const doubts = doubtsOf(answer);
  if (doubts.length > 0)
    return proposal(null, rule.severity, `nothing was found, but ${doubts.join(" and ")}`);
  return proposal(false, rule.otherwise ?? rule.severity, "nothing out of the ordinary in the audit records");
}

/** Why an answer in which nothing is out of the ordinary does not show that nothing was. */
function doubtsOf({ read, inWindow, baseline, tables }: Answer): string[] {
  const unjudged = tables.filter((table) => table.unjudged !== null);
  return [
    ...(read.records === 0 ? ["there are no audit records"] : []),
    // What writes no records any more may have been stopped, or be down.
    ...(read.records > 0 && inWindow.calls === 0 ? ["there are no audit records of these hours"] : []),
    ...(baseline === null
      ? ["there is no baseline"]
      : unjudged.map(({ title }) => `${title.toLowerCase()} could not be judged`)),
    ...(read.unreadable > 0 ? [`${read.unreadable} records could not be read`] : []),
    ...(read.gaps.length > 0 ? [`${read.gaps.length} objects could not be read`] : []),
  ];
}
