import { FirebreakError } from "../errors.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import { userPrincipal } from "../runbook/user-principal.ts";
import { isProtected, readUser } from "./entra-user.ts";
import { graphOf } from "./tenant.ts";

/**
 * Where the tenant can be asked whether people have disabled the account, nobody's word stands against its answer. A
 * protected user is contained in another way; a tenant that does not answer leaves it at the word.
 * @throws FirebreakError `account-still-enabled`.
 */
export async function requireBlockedByHand(
  deps: ActionDeps,
  { facts: { principal }, runbook }: Pick<IncidentRecord, "facts" | "runbook">,
): Promise<void> {
  const named = principal === null ? undefined : userPrincipal(principal);
  if (runbook.entra?.users !== "graph" || !named) return;
  const user = await readUser(graphOf({ deps, runbook }), named.value).catch((error: Error) => {
    deps.log.warning(`Whether the account is disabled the tenant does not say: ${error.message}`);
    return null;
  });
  if (!user?.accountEnabled || isProtected(user, runbook)) return;
  throw new FirebreakError(
    "account-still-enabled",
    `Microsoft Graph shows ${user.userPrincipalName} (${user.id}) with accountEnabled true: whoever has it can sign in.`,
    "Have the identity team disable it; what is changed in Active Directory shows after its next sync. Then confirm again.",
  );
}
