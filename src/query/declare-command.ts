import type { Runbook } from "../runbook/schema.ts";
import type { DetectionRow } from "./detection.ts";
import type { Proposal } from "./proposal.ts";

/**
 * The dispatch that declares what is proposed. Made of the runbook's words alone: nothing that a record says can get
 * into somebody's shell. `PRINCIPAL` is to be filled in by the person who confirms.
 */
export function declareCommand(
  runbook: Runbook,
  row: DetectionRow,
  proposal: Proposal,
  where: { environment: string; mcp: string; detectedAt: Date },
): string {
  const severity = proposal.severity === null ? "SEVERITY" : runbook.severities[proposal.severity].name;
  const type = proposal.type === null ? undefined : runbook.incident_types[proposal.type];
  const fields = [
    `severity=${severity}`,
    `type=${proposal.type ?? "TYPE"}`,
    `environment=${where.environment}`,
    `mcp=${where.mcp}`,
    `summary=${row.name}: ${row.indicators.join("; ")}`,
    `detected_at=${where.detectedAt.toISOString()}`,
    ...(type?.needs_principal ? ["principal=PRINCIPAL"] : []),
  ];
  return ["gh workflow run incident.yml", ...fields.map((field) => `-f ${quote(field)}`)].join(" ");
}

function quote(word: string): string {
  return /^[\w.:=/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
