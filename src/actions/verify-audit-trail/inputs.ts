import type { CommonInputs, InputReader } from "../inputs.ts";

export interface VerifyAuditTrailInputs extends CommonInputs {
  incident: number;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): VerifyAuditTrailInputs {
  return { ...reader.common(), incident: reader.incident() };
}
