import { FirebreakError, quoted } from "../errors.ts";
import { type RolePrincipal, rolePrincipal } from "../evidence/role-principal.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";

/** Where service-linked roles live (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html). */
const SERVICE_LINKED = "/aws-service-role/";

/** Where IAM Identity Center keeps the roles of its permission sets (https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html). */
const RESERVED = "/aws-reserved/";

/**
 * The role that an incident names, if it is one that Firebreak may revoke. Makes no call.
 * @throws FirebreakError when there is no principal, when it is no role, a role of another account, service-linked,
 *   protected by the runbook, or one that Firebreak itself works with.
 */
export function revocableRole(principal: string | null, target: Target, runbook: Runbook): RolePrincipal {
  if (principal === null) {
    throw refused(
      "unknown-principal",
      "The incident names no role.",
      "Declare it with the role's ARN as principal.",
    );
  }
  const role = rolePrincipal(principal);
  if (!role) {
    throw refused(
      "unknown-principal",
      `The principal ${quoted(principal)} is not an IAM role.`,
      "Declare the incident with the role's ARN as principal; a user is for user-account-compromised.",
    );
  }
  if (role.accountId !== null && role.accountId !== target.accountId) {
    throw refused(
      "foreign-role",
      `The role ${quoted(principal)} is of account ${role.accountId}; ${target.environment} is account ${target.accountId}.`,
      "Ask the owner of that account to revoke it.",
    );
  }
  checkAllowed(role, target, runbook);
  return role;
}

/**
 * Holds a role's name and path against what no play may touch; IAM does not tell names apart by case.
 * @throws FirebreakError `service-linked-role`, `reserved-role`, `own-role` or `protected-role`.
 */
export function checkAllowed(
  { name, path }: Pick<RolePrincipal, "name" | "path">,
  target: Target,
  runbook: Runbook,
): void {
  if (path?.startsWith(SERVICE_LINKED) || name.startsWith("AWSServiceRoleFor")) {
    throw refused(
      "service-linked-role",
      `${name} is a service-linked role: only its AWS service can use it, and IAM lets nobody revoke its sessions.`,
      "Look up in CloudTrail for whom the service acted, and revoke that one.",
    );
  }
  if (path?.startsWith(RESERVED) || name.startsWith("AWSReservedSSO_")) {
    throw refused(
      "reserved-role",
      `${name} is a role of IAM Identity Center, which alone may change it.`,
      "Have the identity team end the user's sessions there, and remove the assignment of the permission set.",
    );
  }
  const names = (arns: readonly string[]) => arns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1));
  const same = (one: string) => one.toLowerCase() === name.toLowerCase();
  if (names(ownRoles(target, runbook)).some(same)) {
    throw refused(
      "own-role",
      `${name} is a role that Firebreak itself works with: revoking it would stop this incident's own record.`,
      "Have an administrator revoke it, and take the evidence and the containment of this incident over by hand.",
    );
  }
  const fill = (text: string) => text.replaceAll("{env}", target.environment);
  if (names((runbook.containment.protected_roles ?? []).map(fill)).some(same)) {
    throw refused(
      "protected-role",
      `${name} stands in the runbook's containment.protected_roles: it is kept for emergencies.`,
      "Settle with its owners how to contain it by hand, and confirm that as a manual step.",
    );
  }
}

/** Of every environment: two may share an account. */
function ownRoles(target: Target, { environments }: Runbook): string[] {
  const named = Object.entries(environments).flatMap(([id, { evidence_role, containment_role }]) =>
    [evidence_role, containment_role].map((arn) => arn.replaceAll("{env}", id)),
  );
  return [...named, ...(target.batchCopy ? [target.batchCopy.role] : [])];
}

function refused(reason: string, message: string, remedy: string): FirebreakError {
  return new FirebreakError(reason, message, remedy);
}
