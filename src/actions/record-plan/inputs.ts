import type { Plan } from "../../incident/plan.ts";
import type { Revocation } from "../../runbook/schema.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RecordPlanInputs extends CommonInputs {
  incident: number;
  /** When given, the incident has to be about it. */
  mcp: string | undefined;
  change: Plan["change"];
  /** What is taken from a role; the runbook says it when undefined. */
  revoke: Revocation | undefined;
}

export function readInputs(reader: InputReader): RecordPlanInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    change: reader.oneOf("change", ["contain", "restore", "undo"]),
    revoke: reader.revocation(),
  };
}
