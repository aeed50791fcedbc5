import { changersOf, suspectRole } from "../audit-trail/changers.ts";
import { judge } from "../audit-trail/events.ts";
import { expectedPolicy } from "../audit-trail/expected-policy.ts";
import { readLookedUp } from "../audit-trail/record.ts";
import type { SourceContext } from "../context.ts";
import { lookUp, lookupLane } from "./trail-lookup.ts";

/** A bucket's policy is changed in the bucket's region, and CloudTrail records it there. */
const CHANGES = ["PutBucketPolicy", "DeleteBucketPolicy"] as const;

/**
 * The role of this account that changed the audit bucket's policy last, as far as CloudTrail's event history of the
 * window shows it by now; null when it shows none. For an incident about the audit trail, whose verdict comes only after
 * the capture: what is denied then has to be documented before. Read-only.
 */
export async function policyChanger(context: SourceContext): Promise<string | null> {
  const { aws, runbook, target, scheduler, workspace, window } = context;
  const play = runbook.incident_types[context.incidentType]?.automatic ?? [];
  if (!play.some(({ action }) => action === "protect-audit-logs")) return null;
  const watched = {
    bucket: target.auditBucket,
    trail: null,
    policy: await expectedPolicy(workspace, runbook, target),
  };
  const range = { from: window.from.getTime(), to: window.to.getTime() };
  const deps = { cloudtrail: aws.cloudtrail, lane: lookupLane(scheduler, target.region) };
  const findings = [];
  for (const AttributeValue of CHANGES)
    for await (const page of lookUp(deps, range, { AttributeKey: "EventName", AttributeValue }))
      findings.push(...page.flatMap((event) => judge(readLookedUp(event), watched) ?? []));
  return suspectRole(changersOf(findings), target.accountId);
}
