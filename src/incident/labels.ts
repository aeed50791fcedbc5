import type { Runbook, SeverityId } from "../runbook/schema.ts";
import type { IncidentFacts } from "./entries.ts";
import type { Label } from "./issue.ts";
import { STATUSES, type Status } from "./status.ts";

const STATUS_COLORS: Record<Status, string> = {
  open: "b60205",
  contained: "fbca04",
  monitoring: "0e8a16",
  resolved: "0052cc",
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

/** On every improvement that a review asked for. */
export const IMPROVEMENT_LABEL: Label = {
  name: "incident-improvement",
  color: "0e8a16",
  description: "An improvement that a post-incident review asked for",
};

/** On reports by an issue form that declare nothing by themselves; the second has them declared. */
export const REPORT_LABELS: readonly Label[] = [
  {
    name: "awaits-acceptance",
    color: "fbca04",
    description: "Nothing is declared until somebody who may triage accepts it",
  },
  { name: "declare-incident", color: "b60205", description: "Has an incident declared for this report" },
];

/** The labels that the issue forms give. GitHub gives none that the repository lacks. */
function formLabels({ intake }: Runbook): Label[] {
  return Object.keys(intake?.forms ?? {}).map((name) => ({
    name,
    color: "d4c5f9",
    description: "A report by an issue form",
  }));
}

/** Every label that an issue of this runbook can carry, each once. */
export function everyLabel(runbook: Runbook): Label[] {
  const { incident_types, environments } = runbook;
  const severities = Object.keys(SEVERITY_COLORS) as SeverityId[];
  const labels = Object.keys(environments).flatMap((environment) =>
    Object.keys(incident_types).flatMap((type) =>
      severities.flatMap((severity) =>
        STATUSES.flatMap((status) => labelsOf({ severity, type, environment }, status)),
      ),
    ),
  );
  const others = [GLASS_LABEL, REVIEW_LABEL, IMPROVEMENT_LABEL, ...REPORT_LABELS, ...formLabels(runbook)];
  return [...new Map([...labels, ...others].map((label) => [label.name, label])).values()];
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
