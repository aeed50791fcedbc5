import { FirebreakError, quoted } from "../errors.ts";
import type { Plan } from "../incident/plan.ts";
import { automaticOf, type ManualPlayStep, manualOf } from "../runbook/play.ts";
import type { Runbook } from "../runbook/schema.ts";

/** The one action of the type's play here; null where people do it all. @throws FirebreakError for several, or an unknown type. */
export function playAction(type: string, runbook: Runbook): Plan["action"] {
  requireType(type, runbook);
  const [first, ...more] = automaticOf(type, runbook);
  if (more.length > 0) {
    throw new FirebreakError(
      "play-too-long",
      `The play of ${type} has ${more.length + 1} automatic actions; a plan holds one.`,
      `Leave one action in incident_types.${type}.automatic of the runbook.`,
    );
  }
  return first?.action ?? null;
}

/** Whether the type's play scales a service down; false for a type that the runbook does not have any more. */
export function scalesDown({ incident_types: types }: Runbook, type: string): boolean {
  const play = Object.hasOwn(types, type) ? types[type] : undefined;
  return play?.automatic.some(({ action }) => action === "scale-down") ?? false;
}

/** The steps of the type's play that people take. @throws FirebreakError for an unknown type. */
export function manualSteps(type: string, mcp: string, runbook: Runbook): Plan["manual"] {
  requireType(type, runbook);
  return manualOf(type, mcp, runbook).map(planned);
}

function planned(step: ManualPlayStep): Plan["manual"][number] {
  const { id, text, contact, reach, servicenowCategory, before, deadlineMinutes, verdict } = step;
  return {
    id,
    text,
    contact,
    before,
    ...(reach === null ? {} : { reach }),
    ...(servicenowCategory === null ? {} : { servicenowCategory }),
    ...(deadlineMinutes === undefined ? {} : { deadlineMinutes }),
    ...(verdict ? { verdict } : {}),
  };
}

function requireType(type: string, { incident_types }: Runbook): void {
  if (Object.hasOwn(incident_types, type)) return;
  throw new FirebreakError(
    "unknown-type",
    `The runbook has no incident type ${quoted(type)}.`,
    `Use one of ${Object.keys(incident_types).join(", ")}, or add it to incident_types.`,
  );
}
