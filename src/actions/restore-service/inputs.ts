import type { CommonInputs, InputReader } from "../inputs.ts";
import { readRootCause } from "../root-cause.ts";

export interface RestoreServiceInputs extends CommonInputs {
  incident: number;
  /** The declared one when undefined. */
  mcp: string | undefined;
  rootCause: string;
  captureJob: string;
}

export function readInputs(reader: InputReader): RestoreServiceInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    rootCause: readRootCause(reader, "root-cause"),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
