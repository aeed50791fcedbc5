import { badInput, quoted } from "../../errors.ts";
import type { Revocation, SeverityId } from "../../runbook/schema.ts";
import { parseSeverity } from "../../runbook/severities.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface OpenIncidentInputs extends CommonInputs {
  severity: SeverityId;
  type: string;
  mcp: string;
  summary: string;
  description: string;
  /** Undefined: now. */
  detectedAt: Date | undefined;
  /** Undefined: the runbook's default. */
  lookbackHours: number | undefined;
  principal: string | undefined;
  /** The place of the signal that declares by itself, for example `alarms/auth-failures/00000003`. */
  signal: string | undefined;
  personalData: boolean;
  /** What is taken from a role; the runbook says it when undefined. */
  revoke: Revocation | undefined;
  /** The client secret to remove; found by its first characters and its date when undefined. */
  credentialKeyId: string | undefined;
}

export function readInputs(reader: InputReader): OpenIncidentInputs {
  const given = reader.required("severity", 40);
  const severity = parseSeverity(given);
  if (!severity)
    throw badInput("severity", `is not known: ${quoted(given)}`, "Give critical, high, medium or low.");
  const summary = reader.line("summary", 200);
  if (summary === undefined) throw badInput("summary", "is missing", "Say in one line what was seen.");
  return {
    ...reader.common(),
    severity,
    type: reader.required("type", 100),
    mcp: reader.required("mcp", 100),
    summary,
    description: reader.optional("description", 60_000) ?? "",
    detectedAt: reader.instant("detected-at"),
    lookbackHours: reader.integer("lookback-hours", 1, 2160),
    principal: reader.line("principal", 256),
    signal: reader.line("signal", 200),
    personalData: reader.boolean("personal-data"),
    revoke: reader.revocation(),
    credentialKeyId: reader.guid("credential-key-id"),
  };
}
