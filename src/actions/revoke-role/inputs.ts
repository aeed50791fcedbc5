import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RevokeRoleInputs extends CommonInputs {
  incident: number;
  captureJob: string;
}

export function readInputs(reader: InputReader): RevokeRoleInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
