import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RecordOutcomeInputs extends CommonInputs {
  incident: number;
  /** The declared one when undefined. */
  mcp: string | undefined;
  /** How the job that changes something ended, as GitHub's `needs` context has it. */
  result: "success" | "failure" | "cancelled" | "skipped";
}

export function readInputs(reader: InputReader): RecordOutcomeInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    result: reader.oneOf("result", ["success", "failure", "cancelled", "skipped"]),
  };
}
