import { resolve } from "node:path";
import type { GateRequest } from "../gate/request.ts";
import { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import { loadRunbook } from "../runbook/load.ts";
import type { Revocation } from "../runbook/schema.ts";
import type { ChangeContext } from "./context.ts";
import { computePlan } from "./plan.ts";

export interface Opened {
  context: ChangeContext;
  recompute: GateRequest["recompute"];
}

/** Opens the incident for a change of one of its mcps, the declared one when none is named: the runbook, the ledger, the clients, and the plan as it would be now. */
export async function openForChange(
  deps: ActionDeps,
  inputs: { runbook: string; environment: string; incident: number; mcp?: string | undefined },
  change: GateRequest["change"],
  revoke: (record: IncidentRecord) => Revocation | undefined = () => undefined,
): Promise<Opened> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident, inputs.mcp);
  const { target, facts } = record;
  const recompute = () =>
    computePlan(deps, {
      incident: record.id,
      change,
      facts,
      target,
      runbook,
      entries: record.entries,
      identity: "containment",
      revoke: revoke(record),
    });
  return { context: { deps, record, aws: deps.aws(target.region) }, recompute };
}
