import type { Runbook, SeverityId } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import { type Reach, type Recipient, recipients } from "./escalation.ts";
import { type Raise, raisesOf, severityChanges } from "./severity-changes.ts";
import { ofKind } from "./state.ts";
import { sentTo, toldByHand } from "./told.ts";

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

/** What the entries call for. */
interface Called extends Notice {
  to: Recipient[];
  /** False where the severity that it tells of was lowered since. */
  stands: boolean;
}

/** By which the ledger names it; each recipient gets it at most once. */
export function noticeName({ reason, severity }: Notice): string {
  return `${reason}/${severity}`;
}

/**
 * What everybody whom the runbook wants told now has to be told: of the notices that concern them the newest, be it
 * sent or not. Whoever was not told yet of a declaration gets the raised severity alone. A raise that was taken back
 * before they were told of it, they are told only what is left of.
 */
export function dueNotices(entries: readonly LedgerEntry[], runbook: Runbook): DueNotice[] {
  const { notices, reach } = noticesOf(entries, runbook);
  return recipients(runbook, reach).flatMap((recipient) => {
    const notice = notices.findLast(
      (one) =>
        one.to.some(({ id }) => id === recipient.id) &&
        (one.stands || sentTo(entries, noticeName(one), recipient.id) !== undefined),
    );
    return notice ? [{ reason: notice.reason, severity: notice.severity, recipient }] : [];
  });
}

/** Every notice that the entries call for, the oldest first, and whom they reach in the end. */
function noticesOf(entries: readonly LedgerEntry[], runbook: Runbook): { notices: Called[]; reach: Reach } {
  let reach = declaredReach(entries);
  const notices: Called[] = [];
  const call = (reason: string, to: Recipient[], severity = reach.severity, stands = true) =>
    notices.push({ reason, severity, to, stands });
  call("declared", recipients(runbook, reach));
  const changes = new Set<LedgerEntry>(severityChanges(entries));
  const raises = new Map<LedgerEntry, Raise>(raisesOf(entries).map((raise) => [raise.entry, raise]));
  for (const entry of entries) {
    const before = reach;
    if (entry.kind === "severity-changed" && changes.has(entry)) {
      const { to } = entry.data;
      reach = { ...reach, severity: to };
      const { reason = "", left } = raises.get(entry) ?? {};
      if (left && left !== to) call(reason, recipients(runbook, { ...reach, severity: left }), left);
      if (left !== undefined) call(reason, recipients(runbook, reach), to, left === to);
    }
    if (entry.kind === "personal-data-found" && !reach.personalData) {
      reach = { ...reach, personalData: true };
      const known = new Set(recipients(runbook, before).map(({ id }) => id));
      call(
        "personal-data",
        recipients(runbook, reach).filter(({ id }) => !known.has(id)),
      );
    }
    if (entry.kind === "glass-broken") {
      const reason = glassReason(entry);
      if (notices.every((notice) => notice.reason !== reason)) call(reason, recipients(runbook, reach));
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
 * Whom no channel reached, and nobody has reached since: neither a later message nor a person who, since there is that to
 * tell, confirmed the step that is about telling them.
 */
export function undelivered(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): LedgerEntry<"notice-undelivered">[] {
  const newest = new Map(
    ofKind(entries, "notice-undelivered").map((entry) => [entry.data.recipient, entry] as const),
  );
  return [...newest.values()].filter(
    ({ sequence, data: { recipient } }) =>
      !toldByHand(entries, runbook, recipient) &&
      !ofKind(entries, "notice-sent").some(
        (entry) => entry.data.recipient === recipient && entry.sequence > sequence,
      ),
  );
}
