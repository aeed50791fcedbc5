import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RecordOutcomeInputs extends CommonInputs {
  incident: number;
  /** How the job that changes something ended, as GitHub's `needs` context has it. */
  result: "success" | "failure" | "cancelled" | "skipped";
}

export function readInputs(reader: InputReader): RecordOutcomeInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    result: reader.oneOf("result", ["success", "failure", "cancelled", "skipped"]),
  };
}
