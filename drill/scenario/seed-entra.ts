/** The simulated tenant as the scenario and the runbook have it. */

import type { PasswordCredential, SecretApplication } from "../entra/applications.ts";
import { guid, makeSignIns, type SignIn } from "../entra/sign-ins.ts";
import type { EntraApplication } from "../entra/tokens.ts";
import type { EntraUser } from "../entra/users.ts";
import { createRandom } from "../random.ts";
import { entraSecret } from "./content.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";
import { environmentSubjects, evidenceSubject } from "./seed-aws.ts";

const HOUR_MS = 3_600_000;
/** Nobody's; where the runbook names no application, none is asked for. */
const NO_APPLICATION = {
  tenant: "00000000-0000-0000-0000-000000000000",
  clientId: "00000000-0000-0000-0000-000000000000",
  containmentClientId: null,
};

export interface PlannedEntra {
  application: EntraApplication;
  signIns: SignIn[];
  licensed: boolean;
  delayMs: number;
  others: EntraApplication[];
  users: EntraUser[];
  userLagMs: number;
  secretApplications: SecretApplication[];
  propagationMs: number;
}

/**
 * The runbook's applications: the one that reads trusts the jobs of the default branch, the one that changes those of the
 * environments with reviewers. Sign-ins of every mcp's application, for 26 hours.
 */
export function entraSeed(scenario: Scenario, plan: WorldPlan, seed: number): PlannedEntra {
  const { grants, licensed, sign_ins: count, delay_seconds: delay } = scenario.entra;
  const { containment_grants, user_lag_seconds, propagation_seconds } = scenario.entra;
  const { tenant, clientId, containmentClientId } = plan.entra ?? NO_APPLICATION;
  const dispatched = plan.mcps.find(({ settings }) => settings.name === plan.mcp);
  return {
    application: { tenant, clientId, subjects: [evidenceSubject(scenario)], grants },
    others:
      containmentClientId === null
        ? []
        : [
            {
              tenant,
              clientId: containmentClientId,
              subjects: environmentSubjects(scenario, plan),
              grants: containment_grants,
            },
          ],
    users: makeUsers(scenario, plan, seed),
    userLagMs: user_lag_seconds * 1000,
    secretApplications: makeApplications(plan, tenant, containmentClientId, seed),
    propagationMs: propagation_seconds * 1000,
    signIns: makeSignIns(createRandom(seed).fork("sign-ins"), {
      applications: plan.mcps.map(({ target }) => target.application),
      count,
      users: [...(dispatched?.settings.users ?? []), ...(scenario.attacker ? [scenario.attacker.user] : [])],
      from: plan.start - 26 * HOUR_MS,
      to: plan.start,
    }),
    licensed,
    delayMs: delay * 1000,
  };
}

/**
 * Every mcp's application, owned by the one that changes. Its parameter's newest value is a secret of its own; the one
 * before has expired; and there is another secret that somebody else uses.
 */
function makeApplications(
  { mcps, start }: WorldPlan,
  tenant: string,
  owner: string | null,
  seed: number,
): SecretApplication[] {
  const random = createRandom(seed).fork("applications");
  return mcps.map(({ target, versions }) => {
    const own = random.fork(target.application);
    const credential = (secret: string, from: number, to: number, name: string): PasswordCredential => ({
      keyId: guid(own),
      displayName: name,
      hint: secret.slice(0, 3),
      start: from,
      end: to,
      secret,
    });
    const [newest, before] = versions.toReversed();
    const year = 365 * 24 * HOUR_MS;
    return {
      tenant,
      id: guid(own),
      appId: guid(own),
      displayName: target.application,
      owners: owner === null ? [] : [owner],
      credentials: [
        ...(before
          ? [credential(before.value, before.modifiedAt - 60_000, start - HOUR_MS, "terraform")]
          : []),
        ...(newest ? [credential(newest.value, newest.modifiedAt - 60_000, start + year, "terraform")] : []),
        credential(entraSecret(own), start - 20 * 24 * HOUR_MS, start + year, "load tests"),
      ],
    };
  });
}

/** The users of every mcp, the attacker's account, and those that the scenario describes. */
function makeUsers(scenario: Scenario, plan: WorldPlan, seed: number): EntraUser[] {
  const random = createRandom(seed).fork("users");
  const described = new Map(scenario.entra.users.map((user) => [user.name.toLowerCase(), user]));
  const names = new Set([
    ...plan.mcps.flatMap(({ settings }) => settings.users),
    ...(scenario.attacker ? [scenario.attacker.user] : []),
    ...scenario.entra.users.map(({ name }) => name),
  ]);
  return [...names].map((name) => {
    const user = described.get(name.toLowerCase());
    return {
      id: user?.id ?? guid(random.fork(name)),
      userPrincipalName: name,
      displayName: user?.display_name ?? displayName(name),
      accountEnabled: user?.enabled ?? true,
      userType: user?.guest ? "Guest" : "Member",
      onPremisesSyncEnabled: user?.synced ? true : null,
      signInSessionsValidFrom: plan.start - 90 * 24 * HOUR_MS,
    };
  });
}

/** `anna.friis@example.com` is Anna Friis. */
function displayName(name: string): string {
  const words = (name.split("@")[0] ?? name).split(/[._-]/);
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
}
