import type { IncidentFacts } from "../incident/entries.ts";
import { disableAccount } from "./disable-account.ts";
import type { Step } from "./engine/step.ts";
import { revokeSignInSessions } from "./revoke-sign-in-sessions.ts";

/**
 * Takes a user's account from whoever holds it: first the way to a new session, then the sessions that have begun. The
 * other way round a session could begin in between.
 * @param principal as the incident was declared with it.
 */
export function blockUser(principal: IncidentFacts["principal"]): readonly Step[] {
  return [disableAccount(principal), revokeSignInSessions(principal)];
}
