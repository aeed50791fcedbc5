import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ProtectAuditLogsInputs extends CommonInputs {
  incident: number;
  captureJob: string;
}

export function readInputs(reader: InputReader): ProtectAuditLogsInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
