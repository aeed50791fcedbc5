import type { Runbook } from "../runbook/schema.ts";
import type { Deadline, Responsible } from "./deadline.ts";
import type { LedgerEntry } from "./entries.ts";
import { ofKind } from "./state.ts";

/** When somebody is reminded of a deadline. Pure. */

type Clocks = NonNullable<Runbook["clocks"]>;

export interface Stage {
  /** `50` and `80`: percent of the time that there was. `overdue/1` is when it ran out, `overdue/2` the time after that. */
  stage: string;
  at: Date;
}

const HOUR_MS = 3_600_000;

/** Every moment at which a deadline that stays open is reminded of, in order. */
export function stagesOf({ begun, due, reminders }: Deadline, clocks: Clocks): Stage[] {
  if (reminders === "none") return [];
  const time = due.getTime() - begun.getTime();
  const before = [...new Set(clocks.remind_at_percent)]
    .sort((one, other) => one - other)
    .map((percent) => ({ stage: String(percent), at: new Date(begun.getTime() + (time * percent) / 100) }));
  const after = Array.from({ length: clocks.overdue_at_most }, (_, index) => ({
    stage: `overdue/${index + 1}`,
    at: new Date(due.getTime() + index * clocks.overdue_every_hours * HOUR_MS),
  }));
  // A deadline that lies before its beginning has run out from the first.
  return [...(reminders === "after" || time <= 0 ? [] : before), ...after];
}

/**
 * The newest reminder whose moment has come; undefined while none has, and once the deadline is met. Where the schedule
 * did not run for a while, those before it are not made up for. It may have been given already: `given` says so.
 */
export function reminderOf(deadline: Deadline, clocks: Clocks, now: Date): Stage | undefined {
  return deadline.done ? undefined : stagesOf(deadline, clocks).findLast(({ at }) => at <= now);
}

/** When the next one will be; undefined when there is none to come. */
export function nextReminder(deadline: Deadline, clocks: Clocks, now: Date): Date | undefined {
  return deadline.done ? undefined : stagesOf(deadline, clocks).find(({ at }) => at > now)?.at;
}

/** One reminder's name in the ledger: of the same deadline and stage there is one, unless the deadline itself moves. */
export function reminderKey({ id, due }: Deadline, { stage }: Stage): string {
  return `reminded/${id}/${stage}/${due.toISOString()}`;
}

/** The entry by which it was given. */
export function given(
  entries: readonly LedgerEntry[],
  deadline: Deadline,
  stage: Stage,
): LedgerEntry<"reminded"> | undefined {
  const key = reminderKey(deadline, stage);
  return ofKind(entries, "reminded").find((entry) => entry.key === key);
}

/** By which the ledger names somebody: a contact's id, a team's name, a login. */
export function nameOf(one: Responsible): string {
  if ("contact" in one) return one.contact;
  return "team" in one ? one.team : one.login;
}
