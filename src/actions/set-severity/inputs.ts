import { badInput, quoted } from "../../errors.ts";
import type { SeverityId } from "../../runbook/schema.ts";
import { parseSeverity } from "../../runbook/severities.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface SetSeverityInputs extends CommonInputs {
  incident: number;
  /** Undefined: the severity stays. */
  severity: SeverityId | undefined;
  reason: string;
  /** Personal data is involved after all. */
  personalData: boolean;
  /** Since when that is known; now when undefined. */
  awareAt: Date | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): SetSeverityInputs {
  const inputs = {
    ...reader.common(),
    incident: reader.incident(),
    severity: readSeverity(reader),
    reason: reader.words("reason", "Say in words why."),
    personalData: reader.boolean("personal-data"),
    awareAt: reader.instant("aware-at"),
  };
  if (inputs.severity === undefined && !inputs.personalData)
    throw badInput("severity", "is missing", "Give the severity, or personal-data with true.");
  if (inputs.awareAt !== undefined && !inputs.personalData)
    throw badInput(
      "aware-at",
      "is given without personal-data",
      "Give personal-data with true, or leave it out.",
    );
  return inputs;
}

function readSeverity(reader: InputReader): SeverityId | undefined {
  const value = reader.optional("severity", 40);
  if (value === undefined) return undefined;
  const severity = parseSeverity(value);
  if (severity === undefined)
    throw badInput(
      "severity",
      `is not known: ${quoted(value)}`,
      "Give one of Critical, High, Medium and Low.",
    );
  return severity;
}
