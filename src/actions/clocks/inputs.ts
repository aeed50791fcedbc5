import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ClocksInputs extends CommonInputs {
  /** Undefined: every incident of the environment. */
  incident: number | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): ClocksInputs {
  return {
    ...reader.common(),
    incident: reader.optional("incident") === undefined ? undefined : reader.incident(),
  };
}
