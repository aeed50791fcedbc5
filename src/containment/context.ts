import { FirebreakError } from "../errors.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps, Aws } from "../ports.ts";

/** What every step of a containment works with. */
export interface ChangeContext {
  deps: ActionDeps;
  record: IncidentRecord;
  /** The clients of the target's region. */
  aws: Aws;
}

const MINUTE_MS = 60_000;

/** How long tasks may take to stop, or a deployment to complete, in milliseconds. */
export function settleMs({ record }: ChangeContext): number {
  return record.runbook.containment.settle_minutes * MINUTE_MS;
}

/** A change began and could not be carried through; the caller adds the way back. */
export function failed(reason: string, message: string, remedy: string, cause?: unknown): FirebreakError {
  return new FirebreakError(reason, message, remedy, cause === undefined ? {} : { cause });
}
