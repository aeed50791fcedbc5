import type { IncidentRecord, RecordDeps } from "../../incident/record.ts";
import { sealedCaptures } from "../manifest.ts";
import { checkCaptured } from "./captured.ts";
import { type Changer, changersOf } from "./changers.ts";
import { checkTrailFiles } from "./files.ts";
import { asked, type Finding, type Verdict, verdictOf } from "./finding.ts";
import { checkHistory } from "./history.ts";
import { checkInventory } from "./inventory.ts";
import { checkLifecycle, checkObjectLock, checkPolicy, checkVersioning } from "./settings.ts";
import { checkTrail, trailHomes } from "./trail.ts";

export interface AuditTrailReport {
  verdict: Verdict;
  /** The bucket's policy was changed, or is not what it should be. The runbook then asks for severity Critical. */
  policyChanged: boolean;
  /** The gravest first. */
  findings: Finding[];
  /** Who changed something, who changed the policy first of all. */
  changedBy: Changer[];
  /** The newest sealed capture that the bucket was compared with. */
  capture: string | null;
  window: { from: Date; to: Date };
}

const ORDER: readonly Finding["weight"][] = ["tampered", "unclear", "attempt", "note"];

/**
 * Checks whether the audit trail was tampered with: the bucket's policy, versioning, lifecycle and Object Lock as they
 * stand, the records against what was captured of them, what the captures saw themselves, and CloudTrail on who changed
 * any of it. Reads only.
 * @param policy the expected bucket policy; null when the runbook names none.
 */
export async function checkAuditTrail(
  deps: Pick<RecordDeps, "aws" | "clock">,
  record: IncidentRecord,
  policy: string | null,
): Promise<AuditTrailReport> {
  const { clock } = deps;
  const { target, runbook, vault, facts, id } = record;
  const { region, auditBucket: bucket, environment } = target;
  const { s3 } = deps.aws(region);
  const window = { from: new Date(facts.window.from), to: clock.now() };
  const trail = runbook.evidence.trail?.name.replaceAll("{env}", environment) ?? null;
  const retention = runbook.environments[environment]?.audit_retention_days ?? null;
  const watched = { bucket, trail, policy };
  const settings = { s3, clock, bucket };
  const captures = await sealedCaptures(vault, id);
  const trailDeps = { awsIn: deps.aws, clock, region };
  const homes = await trailHomes(trailDeps, trail);
  const home = homes.regions.includes(region) ? region : (homes.regions[0] ?? region);
  const answers = await Promise.all([
    asked(`the bucket policy of ${bucket}`, () => checkPolicy(settings, policy)),
    asked(`versioning of ${bucket}`, () => checkVersioning(settings)),
    asked(`the lifecycle rules of ${bucket}`, () => checkLifecycle(settings, window, retention)),
    asked(`Object Lock of ${bucket}`, () => checkObjectLock(settings)),
    asked(`the records in ${bucket}`, () =>
      checkInventory({ ...settings, layout: target.auditLayout }, window, captures),
    ),
    asked(`the trail ${trail ?? ""}`, () => checkTrail({ ...trailDeps, region: home }, trail)),
    asked("CloudTrail's event history", () =>
      checkHistory({ ...trailDeps, trailHomes: homes.regions }, window, watched),
    ),
    asked("data events of CloudTrail", () => checkTrailFiles({ vault, clock }, captures, watched)),
  ]);
  const now = [...answers.flat(), ...homes.findings];
  const known = new Set(now.flatMap(({ weight, what }) => (weight === "tampered" ? what : [])));
  const before = checkCaptured(captures, bucket).filter(({ what }) => !known.has(what));
  const findings = [...now, ...before].sort(
    (one, other) => ORDER.indexOf(one.weight) - ORDER.indexOf(other.weight),
  );
  return {
    verdict: verdictOf(findings),
    policyChanged: findings.some((finding) => finding.policy === true),
    findings,
    changedBy: changersOf(findings),
    capture: captures[0]?.capture ?? null,
    window,
  };
}
