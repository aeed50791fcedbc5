import { badInput } from "../../errors.ts";
import { reasonProblem } from "../../gate/break-glass.ts";
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
  /** Why the incident has to be contained without its evidence; undefined where it need not. */
  breakGlass: { reason: string } | undefined;
}

export function readInputs(reader: InputReader): RecordPlanInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    change: reader.oneOf("change", ["contain", "restore", "undo"]),
    revoke: reader.revocation(),
    breakGlass: readReason(reader),
  };
}

function readReason(reader: InputReader): RecordPlanInputs["breakGlass"] {
  const name = "break-glass";
  if (reader.optional(name) === undefined) return undefined;
  const ask = "Say in words why the evidence cannot be had and nobody can wait for it.";
  const reason = reader.words(name, ask);
  const problem = reasonProblem(reason);
  if (problem !== undefined) throw badInput(name, problem, ask);
  return { reason };
}
