import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RotateSecretInputs extends CommonInputs {
  incident: number;
  /** Who disabled the old secret at its issuer, and when; undefined where the dispatch does not say. */
  disabledBy: string | undefined;
  disabledAt: Date | undefined;
  captureJob: string;
}

export function readInputs(reader: InputReader): RotateSecretInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    disabledBy: reader.line("disabled-by", 200),
    disabledAt: reader.instant("disabled-at"),
    captureJob: reader.line("capture-job", 200) ?? "preserve",
  };
}
