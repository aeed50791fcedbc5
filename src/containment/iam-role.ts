import type { Role } from "@aws-sdk/client-iam";
import { FirebreakError } from "../errors.ts";
import { getRole } from "../evidence/role-texts.ts";
import { undoCommand } from "../incident/commands.ts";
import type { Aws } from "../ports.ts";
import type { PlanWorld } from "./engine/step.ts";
import { checkAllowed, revocableRole } from "./iam-principal.ts";

/** The name at the end of a role's ARN. */
export function roleNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

export interface PlannedRole {
  arn: string;
  name: string;
  role: Role;
}

/**
 * The role that the incident names, as IAM has it, checked once more by the path that only IAM knows.
 * @throws FirebreakError as `revocableRole`, and `unknown-principal` when there is no such role.
 */
export async function roleToRevoke(
  { aws, target, runbook }: Pick<PlanWorld, "aws" | "target" | "runbook">,
  principal: string | null,
): Promise<PlannedRole> {
  const { name, path } = revocableRole(principal, target, runbook);
  const role = await existingRole(aws.iam, name);
  const arn = role.Arn ?? "";
  checkAllowed({ name: role.RoleName ?? name, path: role.Path ?? "/" }, target, runbook);
  if (path !== null && path !== (role.Path ?? "/")) {
    throw new FirebreakError(
      "unknown-principal",
      `There is no role at ${path}${name}; the role of that name is ${arn}.`,
      "Look up in CloudTrail which role was used, and declare the incident with its ARN as principal.",
    );
  }
  return { arn, name, role };
}

/** @throws FirebreakError `unknown-principal`. */
export async function existingRole(iam: Aws["iam"], name: string): Promise<Role> {
  const role = await getRole(iam, name);
  if (role) return role;
  throw new FirebreakError(
    "unknown-principal",
    `IAM knows no role ${name} in this account.`,
    "Look up in CloudTrail which role was used, and declare the incident with its ARN as principal.",
  );
}

/** How a step of a revocation is taken back, for people. */
export function howToUndo({ incident, target }: Pick<PlanWorld, "incident" | "target">): string {
  return `${undoCommand({ id: incident, target })}, once nobody holds the role who should not`;
}

/**
 * The role is not as the revocation left it: what differs, and the three ways to go on.
 * @param byHand the command that puts back what was before, without Firebreak.
 */
export function driftedRole(
  { incident, target }: Pick<PlanWorld, "incident" | "target">,
  what: string,
  diff: readonly string[],
  byHand: string,
): FirebreakError {
  const undo = undoCommand({ id: incident, target });
  return new FirebreakError(
    "drifted",
    [`${what} is not as the revocation left it:`, ...diff].join("\n"),
    [
      "Find out who changed it (CloudTrail, PutRolePolicy, DeleteRolePolicy, UpdateAssumeRolePolicy), then take one of three ways.",
      `1. Put it back as the revocation left it, then: ${undo}`,
      `2. Keep what it is now and finish by hand: ${byHand}`,
      `3. Revoke again as it is now: gh workflow run contain.yml -f incident=${incident.replace(/^INC-/, "")} -f environment=${target.environment} -f mcp=${target.mcp}`,
    ].join("\n"),
  );
}
