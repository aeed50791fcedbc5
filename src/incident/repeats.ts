import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { tookSince } from "./acknowledgement.ts";
import type { LedgerEntry } from "./entries.ts";
import { noticeName, recipientsNow } from "./notices.ts";
import { rises, severityChanges } from "./severity-changes.ts";
import { factsOf, ofKind } from "./state.ts";
import { isResolvedSince } from "./status.ts";

/** When people are told again, since nobody has taken the incident. Pure. */

/** A repetition that is due. */
export interface DueRepeat {
  /** Counted from 1. */
  number: number;
  /** `repeat/2`. */
  reason: string;
  due: Date;
}

/** The repetitions that go on. */
export interface Series {
  /** The declaration, or the change of the severity, from which on they count. */
  begun: LedgerEntry;
  /** The end of their reasons: nothing the first time, `/series-2` where the severity rose again. */
  suffix: string;
}

const MINUTE_MS = 60_000;

/**
 * What nobody has answered; undefined where nothing has to be repeated now, or somebody has taken the incident since, or
 * it was resolved since. Each raise to a severity that is repeated begins anew: whoever took the incident before took another one.
 */
export function unanswered(entries: readonly LedgerEntry[], runbook: Runbook): Series | undefined {
  const { repeat } = runbook.escalation;
  const first = entries[0];
  if (!repeat || first?.kind !== "declared") return undefined;
  const { severity, type } = factsOf(entries);
  const { severities = [], types = [] } = repeat;
  const asks = (one: SeverityId) => types.includes(type) || severities.includes(one);
  if (!asks(severity)) return undefined;
  const begins: LedgerEntry[] = severityChanges(entries).filter(
    ({ data }) => asks(data.to) && (rises(data) || !asks(data.from)),
  );
  if (asks(first.data.severity)) begins.unshift(first);
  const begun = begins.at(-1);
  if (!begun) return undefined;
  const taken = ofKind(entries, "acknowledged").some((entry) => tookSince(entry, begun));
  if (taken || isResolvedSince(entries, runbook, begun.sequence)) return undefined;
  return { begun, suffix: begins.length === 1 ? "" : `/series-${begins.length}` };
}

/**
 * The repetition that is due at `now`, the newest where several have passed, until everybody has it. No more of them than
 * the runbook says.
 */
export function dueRepeats(entries: readonly LedgerEntry[], runbook: Runbook, now: Date): DueRepeat[] {
  const { repeat } = runbook.escalation;
  const series = unanswered(entries, runbook);
  if (!repeat || !series) return [];
  const number = Math.min(passed(series, repeat.every_minutes, now), repeat.at_most);
  const reason = `repeat/${number}${series.suffix}`;
  if (number < 1 || isSettled(entries, runbook, reason)) return [];
  return [{ number, reason, due: moment(series, repeat.every_minutes, number) }];
}

/** When the next repetition will be due; undefined when there is none to come. */
export function nextRepeat(entries: readonly LedgerEntry[], runbook: Runbook, now: Date): Date | undefined {
  const { repeat } = runbook.escalation;
  const series = unanswered(entries, runbook);
  if (!repeat || !series) return undefined;
  const number = Math.max(passed(series, repeat.every_minutes, now), 0) + 1;
  return number > repeat.at_most ? undefined : moment(series, repeat.every_minutes, number);
}

/** The newest repetition that a job has begun, and may not have finished. */
export function begunRepeat(entries: readonly LedgerEntry[], runbook: Runbook): string | undefined {
  const since = unanswered(entries, runbook)?.begun.sequence;
  if (since === undefined) return undefined;
  return ofKind(entries, "notice-intended").findLast(
    ({ sequence, data }) => sequence > since && data.reason.startsWith("repeat/"),
  )?.data.reason;
}

function passed({ begun }: Series, everyMinutes: number, now: Date): number {
  return Math.floor((now.getTime() - Date.parse(begun.at)) / (everyMinutes * MINUTE_MS));
}

function moment({ begun }: Series, everyMinutes: number, number: number): Date {
  return new Date(Date.parse(begun.at) + number * everyMinutes * MINUTE_MS);
}

/** Whether everybody who can be told was told of it, or could not be: a job that was killed goes on with the rest. */
function isSettled(entries: readonly LedgerEntry[], runbook: Runbook, reason: string): boolean {
  const name = noticeName({ reason, severity: factsOf(entries).severity });
  return recipientsNow(entries, runbook)
    .filter(({ ways }) => ways.length > 0)
    .every(({ id }) =>
      entries.some(
        ({ kind, data }) =>
          (kind === "notice-sent" || kind === "notice-undelivered") &&
          data.notice === name &&
          data.recipient === id,
      ),
    );
}
