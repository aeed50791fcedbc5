import type { CommonInputs, InputReader } from "../inputs.ts";

export interface SweepInputs extends CommonInputs {
  /** Undefined: every open incident. */
  incident: number | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): SweepInputs {
  return {
    ...reader.common(),
    incident: reader.optional("incident") === undefined ? undefined : reader.incident(),
  };
}
