import { FirebreakError, quoted } from "../errors.ts";
import type { Plan } from "../incident/plan.ts";
import type { Runbook } from "../runbook/schema.ts";

/** The one action of the type's play; null where people do it all. @throws FirebreakError for several, or an unknown type. */
export function playAction(type: string, runbook: Runbook): Plan["action"] {
  const [first, ...more] = play(type, runbook).automatic;
  if (more.length > 0) {
    throw new FirebreakError(
      "play-too-long",
      `The play of ${type} has ${more.length + 1} automatic actions; a plan holds one.`,
      `Leave one action in incident_types.${type}.automatic of the runbook.`,
    );
  }
  return first?.action ?? null;
}

/** The steps of the type's play that people take. @throws FirebreakError for an unknown type. */
export function manualSteps(type: string, runbook: Runbook): Plan["manual"] {
  return play(type, runbook).manual.map(({ id, text, contact, before_automatic, deadline_minutes }) => ({
    id,
    text,
    contact: contact ?? null,
    before: before_automatic ?? false,
    ...(deadline_minutes === undefined ? {} : { deadlineMinutes: deadline_minutes }),
  }));
}

function play(type: string, runbook: Runbook): Runbook["incident_types"][string] {
  const found = Object.hasOwn(runbook.incident_types, type) ? runbook.incident_types[type] : undefined;
  if (found) return found;
  throw new FirebreakError(
    "unknown-type",
    `The runbook has no incident type ${quoted(type)}.`,
    `Use one of ${Object.keys(runbook.incident_types).join(", ")}, or add it to incident_types.`,
  );
}
