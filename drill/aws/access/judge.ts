/** Holds a call log against the policies that infra/ ships. */
import type { CallRecord } from "../../contracts.ts";
import { decide } from "./decide.ts";
import type { TemplateRole } from "./roles.ts";

export interface Verdict {
  /** What calls needed and the caller's policies do not allow, answered or refused, a sentence each. */
  refused: Set<string>;
  /** What each role's policies allowed, as `EvidenceRole: Statement action`, that some call needed. */
  used: Set<string>;
}

/** What a role's policies allow, as `Verdict.used` names it. */
export function allowedBy(role: TemplateRole): string[] {
  return role.statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Sid, Action = [] }) => [Action].flat().map((action) => allowance(role, Sid ?? "", action)));
}

function allowance({ id }: TemplateRole, sid: string, action: string): string {
  return `${id}: ${sid} ${action}`;
}

/** Calls of roles that the stacks do not hold are left out, as are those that no policy decides (STS). */
export function judge(
  calls: Iterable<CallRecord>,
  roles: ReadonlyMap<string, TemplateRole>,
  verdict: Verdict = { refused: new Set(), used: new Set() },
): Verdict {
  for (const { principal, operation, needs = [] } of calls) {
    const role = roles.get(principal);
    if (!role) continue;
    for (const need of needs) {
      const { allowed, by } = decide(role.statements, need);
      if (allowed && by) verdict.used.add(allowance(role, by.sid, by.action));
      else verdict.refused.add(`${role.id}: ${need.action} on ${need.resource} for ${operation}`);
    }
  }
  return verdict;
}
