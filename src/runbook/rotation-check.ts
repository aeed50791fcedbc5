import type { Finding } from "./locate.ts";
import type { Runbook } from "./schema.ts";

/** Whether what the runbook says of rotations fits the rest of it. */

/**
 * The containment role's credentials last two hours and its job 118 minutes: the longest way through a rotation (wait
 * for the capture, rotate, deploy, wait for the old tasks to stop) has to fit, with something left for the rest.
 */
const LONGEST_CHANGE_MINUTES = 115;
/** Without a command, so long at most for Entra to make known that one secret is dead and another alive. */
const ENTRA_MINUTES = 20;

export function tooSlow({ containment, rotation }: Runbook): Finding[] {
  const { capture_wait_minutes: wait, settle_minutes: settle } = containment;
  const [rotating, what] =
    rotation.strategy === "terragrunt"
      ? [rotation.timeout_minutes, "rotation.timeout_minutes"]
      : [ENTRA_MINUTES, "the proofs at Microsoft Entra ID"];
  const longest = wait + rotating + 2 * settle;
  if (longest <= LONGEST_CHANGE_MINUTES) return [];
  return [
    {
      path: ["containment"],
      message: `capture_wait_minutes (${wait}), ${what} (${rotating}) and twice settle_minutes (${settle}) add up to ${longest}; a job's credentials allow ${LONGEST_CHANGE_MINUTES}`,
      write: "shorter ones, for example 45, 20 and 20",
    },
  ];
}

/** What changes the tenant is another application than what anybody's job may act as. */
export function tenantForRotation({ entra, rotation }: Runbook): Finding[] {
  if (entra && entra.client_id.toLowerCase() === entra.containment_client_id?.toLowerCase()) {
    return [
      {
        path: ["entra", "containment_client_id"],
        message: "is the application of the jobs that nobody approves, too: they could change the tenant",
        write: "the id of an application of its own",
      },
    ];
  }
  if (rotation.strategy !== "entra" || entra?.containment_client_id !== undefined) return [];
  return [
    {
      path: ["rotation", "strategy"],
      message: "is entra, and the runbook has no entra.containment_client_id to change the tenant by",
      write: "`entra` with `tenant`, `client_id` and `containment_client_id`, or strategy terragrunt",
    },
  ];
}
