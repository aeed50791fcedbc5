import { FirebreakError } from "../errors.ts";
import type { Graph } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { PlanWorld } from "./engine/step.ts";

type Tenant = NonNullable<Runbook["entra"]>;

/**
 * Microsoft Graph as the application that this job may act as: what plans only reads, and what an approved job runs may
 * change. Two applications, as there are two roles in AWS: whoever can start a job must not be able to change the tenant
 * by it.
 * @throws FirebreakError `no-tenant` when the runbook does not name the application.
 */
export function graphOf(world: Pick<PlanWorld, "deps" | "runbook" | "identity">): Graph {
  const { tenant, client_id, containment_client_id } = tenantOf(world.runbook);
  if (world.identity !== "containment") return world.deps.graph({ tenant, clientId: client_id });
  if (containment_client_id === undefined) throw noTenant("entra.containment_client_id");
  return world.deps.graph({ tenant, clientId: containment_client_id });
}

/** @throws FirebreakError `no-tenant` when the runbook names none. */
export function tenantOf({ entra }: Pick<Runbook, "entra">): Tenant {
  if (!entra) throw noTenant("entra");
  return entra;
}

function noTenant(section: string): FirebreakError {
  return new FirebreakError(
    "no-tenant",
    `The runbook has no '${section}': there is no application by which Microsoft Entra ID could be asked.`,
    "Set it up as docs/setup.md says, and add it to the runbook.",
  );
}
