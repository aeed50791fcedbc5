import { FirebreakError } from "../errors.ts";
import { principalOf, verdictIn } from "../evidence/audit-trail/changers.ts";
import { expectedPolicy } from "../evidence/audit-trail/expected-policy.ts";
import { rolePrincipal } from "../evidence/role-principal.ts";
import { verifyTrailCommand } from "../incident/commands.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import type { Plan, PlanStep } from "../incident/plan.ts";
import type { Revocation } from "../runbook/schema.ts";
import { intended } from "./changes.ts";
import { denyByHand, shown } from "./deny-by-hand.ts";
import { planPlay } from "./engine/plan-play.ts";
import type { PlanWorld, Step } from "./engine/step.ts";
import { roleToRevoke } from "./iam-role.ts";
import { mendByHand } from "./mend-by-hand.ts";
import { fromSchema, restoreBucketPolicy, toSchema } from "./restore-bucket-policy.ts";
import { revokeRole, stopOthersByHand } from "./revoke-role.ts";
import { stepAbout } from "./step-about.ts";
import { STEPS } from "./steps.ts";

const MEND_PROTECTION = "mend-protection";

/** What the verdict on the audit trail calls for. */
export interface Protection {
  steps: PlanStep[];
  manual: Plan["manual"];
  /** Why nothing is changed, where nothing is. */
  note: string | null;
}

/**
 * Takes the role from whoever changed the audit trail, and puts the expected policy back. The policy comes before the
 * tasks: they take minutes to stop, in which the records would lie open.
 * @param principal whose role is taken; null where there is none that may be.
 */
export function protectAuditLogs(principal: string | null, revoke: Revocation): readonly Step[] {
  if (principal === null) return [restoreBucketPolicy];
  const role = revokeRole(principal, revoke);
  const isTasks = ({ id }: Step) => id === STEPS.stopTasks;
  return [...role.filter((step) => !isTasks(step)), restoreBucketPolicy, ...role.filter(isTasks)];
}

/**
 * The play as the newest verdict has it: nothing before there is one, nothing when it found no tampering. Who changed
 * something and is no role that may be revoked is left to people, in exact words.
 * @throws FirebreakError when the expected or the live policy cannot be read.
 */
export async function planProtection(
  world: PlanWorld,
  facts: Pick<IncidentFacts, "type" | "principal">,
  revoke: Revocation,
): Promise<Protection> {
  const { incident, target, entries } = world;
  const byHand = askedOf(contactOf(world, facts.type));
  const verdict = verdictIn(entries);
  if (!verdict) {
    const command = verifyTrailCommand({ id: incident, target });
    return nothing(
      `Nothing is changed before there is a verdict on the audit trail. To have one: ${command}`,
    );
  }
  if (verdict.data.verdict !== "tampered") return nothing(noTampering(verdict));
  const about = principalOf(facts.principal, entries, target.accountId);
  const role = about === null ? null : await refusedRole(world, about);
  const principal = role === null ? about : null;
  const steps = await planPlay("protect-audit-logs", protectAuditLogs(principal, revoke), world);
  const mend = mendByHand(verdict, { id: incident, target });
  const manual = [
    ...(role === null ? [] : [byHand(stepAbout("deny-principal", subjectOf(about ?? "")), role)]),
    ...othersByHand(world, verdict, about).map(({ subject, text }) =>
      byHand(stepAbout("deny-other", subject), text),
    ),
    ...((await policyIsKnown(world)) ? [] : [byHand("restore-bucket-policy", policyText(world))]),
    ...(mend === null ? [] : [byHand(stepAbout(MEND_PROTECTION, mend), mend)]),
    ...(principal === null ? [] : await stopOthersByHand(world, principal)),
  ];
  const note =
    steps.length > 0
      ? null
      : "The audit trail was tampered with, the bucket's policy is as expected by now, and CloudTrail names no role that Firebreak may deny.";
  return { steps, manual, note };
}

/** Whether a plan leaves something to people without which the records are not protected. */
export function leavesUnprotected({ manual }: Plan): boolean {
  return manual.some(({ id }) => id.startsWith(`${MEND_PROTECTION}-`));
}

/** The ARN of the role that a plan takes; null where it takes none. */
export function plannedRole(plan: Plan | undefined): string | null {
  const step = plan?.steps.find(({ id }) => id === STEPS.denySessions || id === STEPS.closeTrust);
  return step?.target ?? null;
}

/** The policy that this incident puts on the audit bucket, and those that it replaced; undefined before it does. */
export function ownPolicyChange(
  entries: readonly LedgerEntry[],
): { put: string; replaced: (string | null)[] } | undefined {
  const announced = intended(entries, "protect-audit-logs", STEPS.restoreBucketPolicy).map(({ data }) => ({
    ...toSchema.parse(data.to),
    replaced: fromSchema.parse(data.from).policy,
  }));
  const put = announced.at(-1)?.policy;
  return put === undefined ? undefined : { put, replaced: announced.map(({ replaced }) => replaced) };
}

function nothing(note: string): Protection {
  return { steps: [], manual: [], note };
}

function noTampering({ at, data }: LedgerEntry<"audit-trail-verified">): string {
  const when = `The verdict of ${at.slice(0, 16).replace("T", " ")} UTC`;
  return data.verdict === "intact"
    ? `${when}: the audit trail is intact. There is nothing to contain.`
    : `${when}: unclear. Nothing shows that the audit trail was changed, and not everything could be checked: see its findings.`;
}

/** Why the principal's role is not for Firebreak to take, with what to do; null when it is. */
async function refusedRole(world: PlanWorld, principal: string): Promise<string | null> {
  if (!principal.startsWith("arn:"))
    return `Deny ${shown(principal)}, whom the incident names as principal: it is no ARN, so it may be a role's or a user's`;
  try {
    await roleToRevoke(world, principal);
    return null;
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    const role = rolePrincipal(principal)?.accountId === world.target.accountId;
    if (!role) return denyByHand(principal, world.target, world.incident);
    return `Deny ${shown(principal)} by hand. ${error.message} ${error.remedy}`;
  }
}

/** Whom else CloudTrail names: the play takes one role, and the rest is for people. */
function othersByHand(
  { target, incident }: PlanWorld,
  { data }: LedgerEntry<"audit-trail-verified">,
  about: string | null,
): { subject: string; text: string }[] {
  return (data.changedBy ?? [])
    .filter(({ principal }) => about === null || !sameRole(principal, about))
    .map(({ principal, event }) => ({
      subject: subjectOf(principal),
      text: `${denyByHand(principal, target, incident)} (CloudTrail: ${shown(event.replace(/[()]/g, ""))})`,
    }));
}

/** Sessions of one role are about one. */
function subjectOf(principal: string): string {
  const role = principal.startsWith("arn:") ? rolePrincipal(principal) : undefined;
  return role ? `${role.accountId}:${role.name}` : principal;
}

/** Sessions of one role, and its own ARN, are of one. */
function sameRole(one: string, other: string): boolean {
  const [a, b] = [one, other].map((principal) => rolePrincipal(principal));
  return one === other || (a !== undefined && a.name === b?.name && a.accountId === b.accountId);
}

async function policyIsKnown({ deps, runbook, target }: PlanWorld): Promise<boolean> {
  return (await expectedPolicy(deps.context.workspace, runbook, target)) !== null;
}

function policyText({ target }: PlanWorld): string {
  return `Put the policy on the audit bucket ${target.auditBucket} that it should have: the runbook names none (environments.${target.environment}.audit_bucket_policy)`;
}

/** Whom the type's own manual steps are asked of. */
function contactOf({ runbook }: PlanWorld, type: string): string | null {
  const steps = runbook.incident_types[type]?.manual ?? [];
  return steps.find(({ contact }) => contact !== undefined)?.contact ?? null;
}

function askedOf(contact: string | null): (id: string, text: string) => Plan["manual"][number] {
  return (id, text) => ({ id, text, contact, before: false });
}
