import { type Application, type Credential, describeDates } from "./entra-application.ts";
import { isOwn } from "./own-credentials.ts";

/** What the removal of one client secret leaves in the application, as the plan has it. Pure. */

const STAYS = "stays: ";

/**
 * The application's other secrets, which are accepted until they expire: where the leaked one is among them, the parameter no
 * longer holds it, and the plan is wrong. What interrupted runs of the incident have made is none of them: it is removed.
 */
export function staying(
  { credentials }: Application,
  incident: string,
  removed: Credential | null,
): Record<string, string> {
  const others = credentials.filter((one) => one.keyId !== removed?.keyId && !isOwn(one, incident));
  return Object.fromEntries(others.map((one) => [`${STAYS}${one.keyId}`, describeDates(one)]));
}

/** Their key ids, of the planned step's `to`. */
export function keyIdsStaying(to: Record<string, unknown>): string[] {
  return Object.keys(to).flatMap((name) => (name.startsWith(STAYS) ? [name.slice(STAYS.length)] : []));
}
