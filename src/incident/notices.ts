import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import type { LedgerEntry } from "./entries.ts";
import { type Reach, type Recipient, recipients } from "./escalation.ts";
import { factsOf, ofKind } from "./state.ts";
import { stepsAbout } from "./told.ts";

/** Which messages the ledger calls for, and which it says were sent. Pure. */

export interface Notice {
  /** Why they are told, for example `declared` or `repeat/2`. */
  reason: string;
  severity: SeverityId;
}

/** One message to one recipient. */
export interface DueNotice extends Notice {
  recipient: Recipient;
}

const MINUTE_MS = 60_000;

/** By which the ledger names it; each recipient gets it at most once. */
export function noticeName({ reason, severity }: Notice): string {
  return `${reason}/${severity}`;
}

/**
 * What everybody whom the runbook wants told now has to be told: of the notices that concern them the newest, be it
 * sent or not. Whoever was not told yet of a declaration gets the raised severity alone.
 */
export function dueNotices(entries: readonly LedgerEntry[], runbook: Runbook): DueNotice[] {
  const { notices, reach } = noticesOf(entries, runbook);
  return recipients(runbook, reach).flatMap((recipient) => {
    const notice = notices.findLast(({ to }) => to.some(({ id }) => id === recipient.id));
    return notice ? [{ reason: notice.reason, severity: notice.severity, recipient }] : [];
  });
}

/** Every notice that the entries call for, the oldest first, and whom they reach in the end. */
function noticesOf(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): { notices: (Notice & { to: Recipient[] })[]; reach: Reach } {
  let reach = declaredReach(entries);
  const notices = [{ reason: "declared", severity: reach.severity, to: recipients(runbook, reach) }];
  for (const entry of entries) {
    const before = reach;
    if (entry.kind === "severity-changed") {
      const { from, to, by } = entry.data;
      reach = { ...reach, severity: to };
      // A person says why it is raised; the audit trail's verdict says itself.
      const reason = by === undefined ? "tampering" : "severity-raised";
      if (from !== to && atLeast(to, from))
        notices.push({ reason, severity: to, to: recipients(runbook, reach) });
    }
    if (entry.kind === "personal-data-found" && !reach.personalData) {
      reach = { ...reach, personalData: true };
      const known = new Set(recipients(runbook, before).map(({ id }) => id));
      const to = recipients(runbook, reach).filter(({ id }) => !known.has(id));
      notices.push({ reason: "personal-data", severity: reach.severity, to });
    }
    if (entry.kind === "glass-broken") {
      const reason = glassReason(entry);
      if (notices.every((notice) => notice.reason !== reason))
        notices.push({ reason, severity: reach.severity, to: recipients(runbook, reach) });
    }
  }
  return { notices, reach };
}

/** One message for each run that broke the glass, whatever else it skips later. */
export function glassReason({ by }: LedgerEntry<"glass-broken">): string {
  return `glass-broken/${by.runId}`;
}

function declaredReach(entries: readonly LedgerEntry[]): Reach {
  const first = entries[0];
  if (first?.kind !== "declared") throw new Error("the ledger does not begin with a declaration");
  const { severity, environment, personalData } = first.data;
  return { severity, environment, personalData };
}

/** Whom the runbook wants told as the incident stands now. */
export function recipientsNow(entries: readonly LedgerEntry[], runbook: Runbook): Recipient[] {
  return recipients(runbook, noticesOf(entries, runbook).reach);
}

/**
 * Whom no channel reached, and nobody has reached since: neither a later message nor a person who confirmed the step
 * that is about telling them.
 */
export function undelivered(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): LedgerEntry<"notice-undelivered">[] {
  const newest = new Map(
    ofKind(entries, "notice-undelivered").map((entry) => [entry.data.recipient, entry] as const),
  );
  return [...newest.values()].filter(({ sequence, data: { recipient } }) => {
    const steps = stepsAbout(runbook, recipient);
    return !entries.some(
      (entry) =>
        (entry.kind === "notice-sent" && entry.data.recipient === recipient && entry.sequence > sequence) ||
        (entry.kind === "step-confirmed" && steps.includes(entry.data.step)),
    );
  });
}

/** A repetition that is due, since nobody has taken the incident. */
export interface DueRepeat {
  /** Counted from 1. */
  number: number;
  /** `repeat/2`. */
  reason: string;
  due: Date;
}

/**
 * The repetition that is due at `now`, the newest where several have passed, until everybody has it. Nothing is repeated
 * once somebody has taken the incident, nor more often than the runbook says.
 */
export function dueRepeats(entries: readonly LedgerEntry[], runbook: Runbook, now: Date): DueRepeat[] {
  const { repeat } = runbook.escalation;
  const since = repeatedSince(entries, runbook);
  if (!repeat || since === undefined || entries.some(({ kind }) => kind === "acknowledged")) return [];
  const every = repeat.every_minutes * MINUTE_MS;
  const number = Math.min(Math.floor((now.getTime() - since) / every), repeat.at_most);
  const reason = `repeat/${number}`;
  if (number < 1 || isSettled(entries, runbook, reason)) return [];
  return [{ number, reason, due: new Date(since + number * every) }];
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

/** When the next repetition will be due; undefined when there is none to come. */
export function nextRepeat(entries: readonly LedgerEntry[], runbook: Runbook, now: Date): Date | undefined {
  const { repeat } = runbook.escalation;
  const since = repeatedSince(entries, runbook);
  if (!repeat || since === undefined || entries.some(({ kind }) => kind === "acknowledged")) return undefined;
  const every = repeat.every_minutes * MINUTE_MS;
  const number = Math.max(Math.floor((now.getTime() - since) / every), 0) + 1;
  return number > repeat.at_most ? undefined : new Date(since + number * every);
}

/** Since when they have to be told again and again; undefined when it is not so now. */
function repeatedSince(entries: readonly LedgerEntry[], { escalation }: Runbook): number | undefined {
  const { severities = [], types = [] } = escalation.repeat ?? {};
  const { severity, type } = factsOf(entries);
  const first = entries[0];
  if (first?.kind !== "declared") return undefined;
  if (types.includes(type)) return Date.parse(first.at);
  if (!severities.includes(severity)) return undefined;
  if (severities.includes(first.data.severity)) return Date.parse(first.at);
  const since = ofKind(entries, "severity-changed").find(({ data }) => severities.includes(data.to));
  return since && Date.parse(since.at);
}
