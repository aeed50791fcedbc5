import { badInput, quoted } from "../../errors.ts";
import type { IncidentFacts } from "../../incident/entries.ts";
import type { RunContext } from "../../ports.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { resolveTarget } from "../../runbook/target.ts";
import type { OpenIncidentInputs } from "./inputs.ts";

const HOUR = 3_600_000;
/** A dispatcher's clock may be a little ahead of ours. */
const SKEW = 5 * 60_000;
const OLDEST_DETECTION = 366 * 24 * HOUR;

/**
 * The incident's facts, checked against the runbook; all but what only the issue and GitHub can tell.
 * @throws FirebreakError that names the input: an unknown type, mcp or environment, a missing principal, a
 * detection in the future or more than a year ago.
 */
export function checkFacts(
  inputs: OpenIncidentInputs,
  runbook: Runbook,
  context: RunContext,
  now: Date,
): Omit<IncidentFacts, "declaredBy" | "issueUrl"> {
  const type = Object.hasOwn(runbook.incident_types, inputs.type)
    ? runbook.incident_types[inputs.type]
    : undefined;
  if (!type) {
    throw badInput(
      "type",
      `is not an incident type of the runbook: ${quoted(inputs.type)}`,
      `Give one of ${Object.keys(runbook.incident_types).join(", ")}.`,
    );
  }
  resolveTarget(runbook, inputs.environment, inputs.mcp);
  // A signal says what was seen, and seldom who did it: that is for people to find out (contain.yml's principal).
  if (type.needs_principal && inputs.principal === undefined && inputs.signal === undefined) {
    throw badInput(
      "principal",
      `is missing, and incidents of type ${inputs.type} are about someone`,
      "Give the user or the role.",
    );
  }
  const detectedAt = inputs.detectedAt ?? now;
  if (detectedAt.getTime() > now.getTime() + SKEW) {
    throw badInput(
      "detected-at",
      `lies in the future: ${detectedAt.toISOString()}`,
      `Give a moment before ${now.toISOString()}.`,
    );
  }
  if (detectedAt.getTime() < now.getTime() - OLDEST_DETECTION) {
    throw badInput(
      "detected-at",
      `lies more than a year back: ${detectedAt.toISOString()}`,
      "Check the year.",
    );
  }
  const lookbackHours = inputs.lookbackHours ?? runbook.evidence.default_lookback_hours;
  return {
    severity: inputs.severity,
    type: inputs.type,
    environment: inputs.environment,
    mcp: inputs.mcp,
    summary: inputs.summary,
    description: inputs.description,
    detectedAt: detectedAt.toISOString(),
    window: {
      from: new Date(detectedAt.getTime() - lookbackHours * HOUR).toISOString(),
      to: now.toISOString(),
    },
    lookbackHours,
    principal: inputs.principal ?? null,
    personalData: inputs.personalData,
    runId: context.runId,
    runUrl: `${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${context.runId}`,
  };
}
