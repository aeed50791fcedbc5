import type { CommonInputs, InputReader } from "../inputs.ts";

export interface ScaleDownInputs extends CommonInputs {
  incident: number;
  /** The declared one when undefined. */
  mcp: string | undefined;
  captureJob: string;
}

export function readInputs(reader: InputReader): ScaleDownInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
