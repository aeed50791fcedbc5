import { playAction } from "../../containment/play.ts";
import { FirebreakError } from "../../errors.ts";
import { containCommand } from "../../incident/commands.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import { resolveTarget } from "../../runbook/target.ts";

/**
 * The mcps that have to join the incident; looks only.
 * @throws FirebreakError `bad-input` for an mcp that the runbook does not have; `cannot-join` when the play of the
 *   incident's type is not one that is about services alone.
 */
export function whoHasToJoin(record: IncidentRecord, mcps: readonly string[]): string[] {
  const { runbook, facts } = record;
  for (const mcp of mcps) resolveTarget(runbook, facts.environment, mcp);
  const action = playAction(facts.type, runbook);
  if (action !== "scale-down") {
    throw new FirebreakError(
      "cannot-join",
      `${record.id} is of type ${facts.type}, whose play is ${action ?? "done by hand"}: several mcps are contained together by scale-down only.`,
      `Contain it alone (${containCommand(record)}), and declare an incident of its own for each other mcp.`,
    );
  }
  return mcps.filter((mcp) => !record.mcps.includes(mcp));
}

/** Makes them part of the incident, each once. */
export async function join(
  record: IncidentRecord,
  mcps: readonly string[],
  reason: string | null,
): Promise<void> {
  for (const mcp of mcps) await record.append("mcp-joined", { mcp, reason }, `mcp-joined/${mcp}`);
}
