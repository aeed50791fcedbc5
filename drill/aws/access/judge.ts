/** Holds a call log against the policies that infra/ ships. */
import type { CallRecord } from "../../contracts.ts";
import { decide } from "./decide.ts";
import { type Facts, needsOf } from "./needs.ts";
import type { TemplateRole } from "./roles.ts";

export interface Verdict {
  /** Calls that were answered and that the caller's policies do not allow, a sentence each. */
  refused: string[];
  /** What each role's policies allowed, as `role: statement action`, that some call needed. */
  used: Set<string>;
}

/** What a role's policies allow, as `Verdict.used` names it. */
export function allowedBy(role: TemplateRole): string[] {
  return role.statements
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Sid, Action }) => [Action].flat().map((action) => allowance(role.arn, Sid ?? "", action)));
}

function allowance(arn: string, sid: string, action: string): string {
  return `${arn.slice(arn.lastIndexOf("/") + 1)}: ${sid} ${action}`;
}

/** Calls of roles that the template does not hold are left out, as are those that no policy decides (STS). */
export function judge(
  calls: readonly CallRecord[],
  roles: ReadonlyMap<string, TemplateRole>,
  facts: Facts,
): Verdict {
  const refused = new Set<string>();
  const used = new Set<string>();
  for (const call of calls) {
    const role = roles.get(call.principal);
    if (!role || call.service === "sts") continue;
    for (const need of needsOf(call, facts)) {
      const { allowed, by } = decide(role.statements, need);
      if (allowed && by) used.add(allowance(role.arn, by.sid, by.action));
      else if (call.status < 400)
        refused.add(`${call.principal} needs ${need.action} on ${need.resource} for ${call.operation}`);
    }
  }
  return { refused: [...refused], used };
}
