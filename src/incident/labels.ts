import type { Runbook, SeverityId } from "../runbook/schema.ts";
import type { IncidentFacts } from "./entries.ts";
import type { Label } from "./issue.ts";
import type { Status } from "./state.ts";

const STATUS_COLORS: Record<Status, string> = {
  open: "b60205",
  contained: "fbca04",
  restored: "0e8a16",
  reviewed: "5319e7",
};
const SEVERITY_COLORS = { critical: "b60205", high: "d93f0b", medium: "fbca04", low: "c2e0c6" } as const;

/** On every incident that was contained without evidence that it required. */
export const GLASS_LABEL: Label = {
  name: "break-glass",
  color: "000000",
  description: "Contained without evidence that the gate requires: see the ledger",
};

/** On every post-incident review. */
export const REVIEW_LABEL: Label = {
  name: "incident-review",
  color: "5319e7",
  description: "A post-incident review that is due",
};

/** Every label that an issue of this runbook can carry, each once. */
export function everyLabel({ incident_types, environments }: Runbook): Label[] {
  const severities = Object.keys(SEVERITY_COLORS) as SeverityId[];
  const statuses = Object.keys(STATUS_COLORS) as Status[];
  const labels = Object.keys(environments).flatMap((environment) =>
    Object.keys(incident_types).flatMap((type) =>
      severities.flatMap((severity) =>
        statuses.flatMap((status) => labelsOf({ severity, type, environment }, status)),
      ),
    ),
  );
  return [...new Map([...labels, GLASS_LABEL, REVIEW_LABEL].map((label) => [label.name, label])).values()];
}

/** Firebreak's labels for an incident; `open-incident` creates those that the repository lacks. */
export function labelsOf(
  facts: Pick<IncidentFacts, "severity" | "type" | "environment">,
  status: Status,
): Label[] {
  return [
    { name: "incident", color: "b60205", description: "A security incident with a ledger in the vault" },
    {
      name: `severity:${facts.severity}`,
      color: SEVERITY_COLORS[facts.severity],
      description: `Severity ${facts.severity}`,
    },
    { name: `type:${facts.type}`.slice(0, 50), color: "1d76db", description: "What kind of incident" },
    {
      name: `environment:${facts.environment}`.slice(0, 50),
      color: "006b75",
      description: "Where it happened",
    },
    { name: `status:${status}`, color: STATUS_COLORS[status], description: `The incident is ${status}` },
  ];
}
