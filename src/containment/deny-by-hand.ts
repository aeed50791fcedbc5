import { rolePrincipal } from "../evidence/role-principal.ts";
import type { Target } from "../runbook/target.ts";

/**
 * What people do about a principal that a play on the audit trail does not deny: a second role, an IAM user, the root
 * user, another account's principal, an AWS service. Which it is its ARN says
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
 * @param incident `INC-42`.
 */
export function denyByHand(
  principal: string,
  { accountId }: Pick<Target, "accountId">,
  incident: string,
): string {
  const name = shown(principal);
  const [, service, account, resource] = /^arn:[^:]+:(iam|sts)::(\d{12}):(.+)$/.exec(principal) ?? [];
  if (account !== undefined && account !== accountId)
    return `Deny ${name}: it is of account ${account}, whose owner alone can. Have them end its sessions and keys, and see in CloudTrail by which permission it reached this account`;
  if (service === "iam" && resource === "root")
    return `Shut out whoever uses the root user of account ${accountId}: no policy of the account can deny it. Change its password, delete its access keys, register its MFA anew, and close its sessions with AWS Support`;
  if (service === "iam" && resource?.startsWith("user/"))
    return denyUser(name, shown(lastOf(principal)), incident);
  if (service === "sts" && resource?.startsWith("federated-user/"))
    return `Deny ${name}: find in CloudTrail which IAM user got that session (GetFederationToken), and deny that user everything; the session has no more rights than the user`;
  if (rolePrincipal(principal) && principal.startsWith("arn:"))
    return `Take the role of ${name} from whoever uses it, too: declare an incident of its own about it (the type whose play is revoke-role) with principal=${name}`;
  return `Find out who ${name} is, whom CloudTrail names as who changed the audit trail, and for whom it acted; deny that one everything`;
}

/**
 * An inline denial takes effect on every key and session of a user at once
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html).
 */
function denyUser(name: string, user: string, incident: string): string {
  const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
  return [
    `Deny everything to ${name}: aws iam put-user-policy --user-name ${user} --policy-name Firebreak-${incident}-DenyAll --policy-document '${policy}'`,
    `then make its keys inactive: aws iam list-access-keys --user-name ${user}, and for each aws iam update-access-key --user-name ${user} --status Inactive --access-key-id KEY`,
    `and take its console password: aws iam delete-login-profile --user-name ${user}`,
  ].join("; ");
}

function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** Names are chosen by whoever makes them: only IAM's own characters, and neither a mention nor an address for GitHub. */
export function shown(principal: string): string {
  return principal
    .slice(0, 300)
    .replace(/[^\w+=,.@:/-]/g, "?")
    .replaceAll("://", ":?/")
    .replace(/(?<!\w)@/g, "(at)");
}
