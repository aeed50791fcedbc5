import { FirebreakError } from "../errors.ts";
import type { Recipient } from "../incident/escalation.ts";
import { type DueNotice, dueNotices, type Notice, recipientsNow } from "../incident/notices.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { NotifyDeps } from "./channels.ts";
import { type Delivery, deliver, type Turn } from "./delivery.ts";

export interface Notified {
  told: Recipient[];
  /** Whom no channel reached: somebody has to telephone. */
  undelivered: Recipient[];
  /** Who has no address yet, or none that can be used. */
  missing: Recipient[];
}

export interface NotifyRequest {
  /** Names the message for good; each recipient gets it at most once at each severity. For example `reminder/review/50`. */
  reason: string;
  /** What has happened, in a sentence; needed for a reason that `reasonInWords` does not know. Plain text; foreign text in it through `foreign`. */
  why?: string;
  /** What is asked of the reader, first of all. */
  ask?: readonly string[];
  /** Everybody whom the runbook wants told when absent. */
  to?: readonly Recipient[];
}

/**
 * Tells people something, each of them at most once for each reason and severity, whatever is re-run. All at the same time,
 * begun in the order given: nobody waits for another's channel. Renders no issue; the caller does.
 */
export function notify(deps: NotifyDeps, record: IncidentRecord, request: NotifyRequest): Promise<Notified> {
  const { reason, why, ask, to = recipientsNow(record.chain, record.runbook) } = request;
  const notice: Notice = { reason, severity: record.severity };
  return deliverAll(
    deps,
    record,
    to.map((recipient) => ({ notice, why, ask, recipient })),
  );
}

/**
 * Tells everybody what the ledger calls for and they were not told yet: a declaration, a severity that was raised, personal
 * data that was found, a glass that was broken. Whoever runs it, and however often, each is told once.
 * @param due a part of it.
 */
export function notifyDue(
  deps: NotifyDeps,
  record: IncidentRecord,
  due: readonly DueNotice[] = dueNotices(record.chain, record.runbook),
): Promise<Notified> {
  return deliverAll(
    deps,
    record,
    due.map(({ recipient, ...notice }) => ({ notice, recipient })),
  );
}

async function deliverAll(
  deps: NotifyDeps,
  record: IncidentRecord,
  deliveries: readonly Delivery[],
): Promise<Notified> {
  const [usable, missing] = [deliveries.filter(hasWay), deliveries.filter((one) => !hasWay(one))];
  for (const { recipient } of missing) {
    const lacks =
      recipient.missing === null ? "no channel that can be used" : `no address: ${recipient.missing}`;
    deps.log.warning(`The runbook has ${lacks} for ${recipient.who}: a person has to tell them.`);
  }
  let come: Promise<unknown> = Promise.resolve();
  const all = usable.map((one) => {
    const begun = Promise.withResolvers<void>();
    const turn: Turn = { come, pass: begun.resolve };
    come = begun.promise;
    return deliver(deps, record, one, turn).finally(turn.pass);
  });
  const done = await Promise.allSettled(all);
  const failed = done.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  const reached = done.map((one) => one.status === "fulfilled" && one.value);
  const of = (wanted: boolean) =>
    usable.filter((_, index) => reached[index] === wanted).map(({ recipient }) => recipient);
  return { told: of(true), undelivered: of(false), missing: missing.map(({ recipient }) => recipient) };
}

function hasWay({ recipient }: Delivery): boolean {
  return recipient.ways.length > 0;
}

/** The error of a job that could not reach everybody, once all others are told; undefined when it did. */
export function notTold(
  record: IncidentRecord,
  { undelivered }: Notified,
  outputs: Record<string, string> = {},
): FirebreakError | undefined {
  if (undelivered.length === 0) return undefined;
  const whom = undelivered.map(
    ({ who, telephone }) => `${who}${telephone === null ? "" : ` (${telephone})`}`,
  );
  return new FirebreakError(
    "not-told",
    `No message about ${record.id} certainly reached ${whom.join(", ")}.`,
    "Telephone them now. Then mend the channels that the ledger names and run the job again.",
    { outputs },
  );
}
