/** What happens to a user of the tenant behind everybody's back, and what somebody who holds the account tries. */
import { TokenRefusal } from "../entra/errors.ts";
import type { WorldPlan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import type { ScenarioEvent } from "./schema.ts";

type Of<Do extends ScenarioEvent["do"]> = Extract<ScenarioEvent, { do: Do }>;

export function changeUser(
  { user, enabled, synced, name, end_sessions: endSessions }: Of<"change_user">,
  { entra, clock }: Platform,
): string {
  const found = entra.users.find(user);
  if (!found) throw new Error(`the tenant has no user ${user}`);
  entra.users.change(found.id, {
    ...(enabled === undefined ? {} : { accountEnabled: enabled }),
    ...(synced === undefined ? {} : { onPremisesSyncEnabled: synced }),
    ...(name === undefined ? {} : { userPrincipalName: name }),
    ...(endSessions ? { signInSessionsValidFrom: clock.now() } : {}),
  });
  return `somebody changed the account of ${user}`;
}

/** Throws when it goes otherwise than the scenario expects: a blocked user who gets in ends the drill. */
export function signIn(
  { user, begun_minutes_before: minutes, expect }: Of<"sign_in">,
  { entra, clock }: Platform,
  { start }: WorldPlan,
): string {
  const begunAt = minutes === undefined ? clock.now() : start - minutes * 60_000;
  let got = "accepted";
  let why = "";
  try {
    entra.users.signIn(user, begunAt);
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error;
    [got, why] = ["refused", ` (AADSTS${error.number})`];
  }
  const what =
    minutes === undefined
      ? `a new sign-in of ${user}`
      : `a session of ${user} from ${minutes} minutes before the drill`;
  const sentence = `${what} was ${got}${why}`;
  if (got !== expect) throw new Error(`${sentence}; it should have been ${expect}`);
  return sentence;
}
