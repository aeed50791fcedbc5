import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RestoreServiceInputs extends CommonInputs {
  incident: number;
  rootCause: string;
  captureJob: string;
}

export function readInputs(reader: InputReader): RestoreServiceInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    rootCause: reader.words("root-cause", "Say in words what caused the incident."),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
