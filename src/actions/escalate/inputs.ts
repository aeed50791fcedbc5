import type { CommonInputs, InputReader } from "../inputs.ts";

export interface EscalateInputs extends CommonInputs {
  incident: number;
}

export function readInputs(reader: InputReader): EscalateInputs {
  return { ...reader.common(), incident: reader.incident() };
}
