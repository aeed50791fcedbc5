import { CAPTURE_SOURCES } from "../../runbook/evidence-schema.ts";
import type { Runbook } from "../../runbook/schema.ts";

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
/** People answer in days, not in hours. */
const OWN_DEFAULT_HOURS: Readonly<Record<string, number>> = { "entra-sign-in": 120 };

/** The longest that anything is waited for, in milliseconds from a seal. */
export function longestWait(runbook: Pick<Runbook, "evidence">): number {
  const sealed = new Date(0);
  return Math.max(...CAPTURE_SOURCES.map((source) => deadlineOf(runbook, source, sealed).getTime()));
}

/**
 * Until when more of a source is waited for: the runbook's `evidence.settle_hours` after the seal of the capture that
 * collected it first, 24 hours where the runbook says nothing (120 for the sign-in logs, which people export).
 */
export function deadlineOf(
  { evidence }: Pick<Runbook, "evidence">,
  source: string,
  sealedAt: string | Date,
): Date {
  const hours: Readonly<Record<string, number | undefined>> = evidence.settle_hours ?? {};
  const own = hours[source] ?? OWN_DEFAULT_HOURS[source] ?? DEFAULT_HOURS;
  return new Date(new Date(sealedAt).getTime() + own * HOUR_MS);
}
