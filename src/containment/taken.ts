import { z } from "zod";
import type { GateRequest } from "../gate/request.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { Moved } from "./engine/run-play.ts";
import { ownRoleChanges, revokedAt } from "./iam-memory.ts";
import { STEPS } from "./steps.ts";
import { stoppedProof } from "./stop-tasks.ts";

/** What was taken from a role, as a `contained` entry keeps it for a later attempt of the same run. */
export const takenSchema = z.object({
  role: z.string(),
  revokedBefore: z.string(),
  sessionsDenied: z.boolean(),
  trustClosed: z.boolean(),
  stoppedTasks: z.array(z.string()),
});
export type Taken = z.infer<typeof takenSchema>;

/** What the steps that take a role have done; null when there were none. */
export function whatWasTaken(
  { entries }: Pick<IncidentRecord, "entries">,
  moved: readonly Moved[],
): Taken | null {
  const of = (step: string) => moved.find(({ planned }) => planned.id === step);
  const [denied, closed, stop] = [of(STEPS.denySessions), of(STEPS.closeTrust), of(STEPS.stopTasks)];
  const role = (denied ?? closed)?.planned.target;
  if (role === undefined) return null;
  return {
    role,
    revokedBefore: revokedAt(entries)?.toISOString() ?? "",
    sessionsDenied: denied !== undefined,
    trustClosed: closed !== undefined,
    stoppedTasks: stop ? stoppedProof.parse(stop.proof).stoppedTasks : [],
  };
}

/** In one line. */
export function takenSummary({
  role,
  revokedBefore,
  sessionsDenied,
  trustClosed,
  stoppedTasks,
}: Taken): string {
  const taken = [
    ...(sessionsDenied ? [`sessions from before ${revokedBefore} denied`] : []),
    ...(trustClosed ? ["trust policy closed"] : []),
    `${stoppedTasks.length} task(s) stopped`,
  ];
  return `${role}: ${taken.join("; ")}`;
}

export function takenRows({
  role,
  revokedBefore,
  sessionsDenied,
  trustClosed,
  stoppedTasks,
}: Taken): [string, string][] {
  return [
    ["Role", role],
    ["Sessions", sessionsDenied ? `denied when begun before ${revokedBefore}` : "go on until they expire"],
    ["Trust policy", trustClosed ? "lets nobody in" : "unchanged: new sessions can be begun"],
    ["Stopped tasks", stoppedTasks.join(", ") || "none ran under the role"],
  ];
}

/** What the gate has to know of a role that a run of this incident has begun to take. */
export function ownTaking(
  record: IncidentRecord,
  runId: number,
): Required<Pick<GateRequest, "ownRoleChanges" | "spares">> {
  return {
    ownRoleChanges: () => ownRoleChanges(record.entries, record.id),
    spares: ({ createdAt }) => {
      const revoked = revokedAt(record.entries, runId);
      return revoked !== undefined && createdAt !== null && createdAt > revoked;
    },
  };
}
