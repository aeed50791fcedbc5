import { badInput, quoted } from "../../errors.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import type { RecordPlanInputs } from "./inputs.ts";

/**
 * Whom the ledger has to name from now on; undefined where there is nothing to name. Looks only.
 * @throws FirebreakError `bad-input` where it names somebody else already, where the type is about nobody, and where the
 *   change is none that is planned by it.
 */
export function principalToName(
  { id, facts, runbook }: IncidentRecord,
  { principal, change }: Pick<RecordPlanInputs, "principal" | "change">,
): string | undefined {
  if (principal === undefined || principal === facts.principal) return undefined;
  if (change !== "contain")
    throw badInput("principal", `goes with no ${change}`, "Name whom it is about when you contain it.");
  if (!runbook.incident_types[facts.type]?.needs_principal)
    throw badInput("principal", `is given, and ${facts.type} is about nobody in particular`, "Leave it out.");
  if (facts.principal !== null)
    throw badInput(
      "principal",
      `is another than the one that ${id} is about: ${quoted(principal)}`,
      "Leave it out, or declare an incident of its own about the other one.",
    );
  return principal;
}
