import { badInput } from "../../errors.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RestoreServiceInputs extends CommonInputs {
  incident: number;
  rootCause: string;
  captureJob: string;
}

export function readInputs(reader: InputReader): RestoreServiceInputs {
  const rootCause = reader.required("root-cause", 10_000);
  if (/[^\P{Cc}\r\n\t]/u.test(rootCause) || !/[\p{L}\p{N}]/u.test(rootCause)) {
    throw badInput("root-cause", "is no plain text", "Say in words what caused the incident.");
  }
  return {
    ...reader.common(),
    incident: reader.incident(),
    rootCause,
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
