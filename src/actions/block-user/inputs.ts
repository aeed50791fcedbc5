import type { CommonInputs, InputReader } from "../inputs.ts";

export interface BlockUserInputs extends CommonInputs {
  incident: number;
  captureJob: string;
}

export function readInputs(reader: InputReader): BlockUserInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
