import type { IncidentFacts } from "../incident/entries.ts";
import type { Plan } from "../incident/plan.ts";
import type { Revocation, Runbook } from "../runbook/schema.ts";
import { closeTrust } from "./close-trust.ts";
import { shown } from "./deny-by-hand.ts";
import { denySessions } from "./deny-sessions.ts";
import type { PlanWorld, Step } from "./engine/step.ts";
import { roleToRevoke } from "./iam-role.ts";
import { otherGroupsUnder } from "./role-tasks.ts";
import { stepAbout } from "./step-about.ts";
import { STEPS } from "./steps.ts";
import { stopTasks } from "./stop-tasks.ts";

/**
 * Takes a role from whoever holds it: first the sessions that have begun, then, where it is chosen, the way to a new
 * one, and last the tasks, which would get new sessions by themselves.
 * @param principal as the incident was declared with it.
 */
export function revokeRole(principal: IncidentFacts["principal"], revoke: Revocation): readonly Step[] {
  return [
    ...(revoke === "trust" ? [] : [denySessions(principal)]),
    ...(revoke === "sessions" ? [] : [closeTrust(principal)]),
    stopTasks(principal, revoke !== "sessions"),
  ];
}

/** What is taken where the dispatch does not say. */
export function defaultRevocation({ containment }: Runbook): Revocation {
  return containment.revoke ?? "sessions";
}

/** What a recorded plan takes: what was approved, whatever the inputs say by now. Undefined for another play's plan. */
export function revocationOf(plan: Plan | undefined): Revocation | undefined {
  const has = (id: string) => plan?.steps.some((step) => step.id === id) ?? false;
  if (has(STEPS.denySessions)) return has(STEPS.closeTrust) ? "both" : "sessions";
  return has(STEPS.closeTrust) ? "trust" : undefined;
}

/**
 * The tasks of others under the role are not for this incident's gate to end: a step for people, with their names. Whoever
 * runs a task names its group.
 */
export async function stopOthersByHand(world: PlanWorld, principal: string | null): Promise<Plan["manual"]> {
  const { arn } = await roleToRevoke(world, principal);
  const groups = await otherGroupsUnder(world.aws.ecs, world.target, arn);
  if (groups.length === 0) return [];
  const text = `Other tasks of the cluster ${world.target.cluster} run under the role, too, and get new credentials as long as they run: have ${groups.map(shown).join(", ")} preserved and stopped`;
  return [{ id: stepAbout("stop-other-tasks", groups.join()), text, contact: null, before: false }];
}
