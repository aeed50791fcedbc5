import { badInput, FirebreakError } from "../../errors.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import { factsOf, ofKind, personalDataSince } from "../../incident/state.ts";
import type { ActionDeps } from "../../ports.ts";

/**
 * Since when it is known that personal data is involved; now where nobody says.
 * @throws FirebreakError for a moment that cannot be, and where it is known already: its clocks run and are not put off.
 */
export function requireMayFind(
  { clock, context }: ActionDeps,
  record: IncidentRecord,
  awareAt: Date | undefined,
): Date {
  const found = ofKind(record.chain, "personal-data-found")[0];
  // A second attempt of the run that found it goes on to the issue.
  if (found?.by.runId === context.runId) return new Date(found.data.awareAt);
  const since = personalDataSince(record.chain);
  if (since)
    throw new FirebreakError(
      "personal-data-known",
      `That personal data is involved in ${record.id} is known since ${since.toISOString()}.`,
      "Leave personal_data out. The clocks run from that moment on.",
    );
  const now = clock.now();
  const { detectedAt } = factsOf(record.chain);
  if (awareAt && awareAt > now)
    throw badInput(
      "aware-at",
      `lies in the future: ${awareAt.toISOString()}`,
      "Give the moment when it was known.",
    );
  if (awareAt && awareAt < new Date(detectedAt))
    throw badInput(
      "aware-at",
      `lies before the detection, ${detectedAt}`,
      "Check the day and the time zone.",
    );
  return awareAt ?? now;
}
