/** The simulated tenant as the scenario and the runbook have it. */

import { makeSignIns, type SignIn } from "../entra/sign-ins.ts";
import type { EntraApplication } from "../entra/tokens.ts";
import { createRandom } from "../random.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";
import { evidenceSubject } from "./seed-aws.ts";

const HOUR_MS = 3_600_000;
/** Nobody's; where the runbook names no application, none is asked for. */
const NO_APPLICATION = {
  tenant: "00000000-0000-0000-0000-000000000000",
  clientId: "00000000-0000-0000-0000-000000000000",
};

export interface PlannedEntra {
  application: EntraApplication;
  signIns: SignIn[];
  licensed: boolean;
  delayMs: number;
}

/** The runbook's application trusts the jobs of the default branch; sign-ins of every mcp's application, for 26 hours. */
export function entraSeed(scenario: Scenario, plan: WorldPlan, seed: number): PlannedEntra {
  const { grants, licensed, sign_ins: count, delay_seconds: delay } = scenario.entra;
  const dispatched = plan.mcps.find(({ settings }) => settings.name === plan.mcp);
  return {
    application: { ...(plan.entra ?? NO_APPLICATION), subjects: [evidenceSubject(scenario)], grants },
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
