import type { Recipient } from "../incident/escalation.ts";
import { type Notice, noticeName } from "../incident/notices.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { sentTo } from "../incident/told.ts";
import { isRepeatable, type NotifyDeps, openChannel } from "./channels.ts";
import { buildMessage, type MessageRequest } from "./message.ts";
import { type Progress, progressOf } from "./progress.ts";

/** Waits before the second and the third try. */
const WAITS_MS = [2_000, 8_000];
/** Three tries of 100 seconds each, and the waits: what was begun longer ago has ended. */
const LONGEST_SEND_MS = 320_000;
const LOOK_AGAIN_MS = 5_000;

export interface Delivery extends Omit<MessageRequest, "secondCopy"> {
  recipient: Recipient;
}

/** The order in which people are told: nobody begins before those who stand before them, nor waits for more than that. */
export interface Turn {
  /** Those before have begun. */
  come: Promise<unknown>;
  /** This one has begun, or has to wait for something. */
  pass: () => void;
}

/**
 * Gets one message to one recipient: its channels in order, until one has taken it. Before each send the ledger says that
 * it is about to be sent, and afterwards what came of it. What certainly failed is tried again and then left for the next
 * channel. Where nobody knows what came of it, it is never sent that way again, be it by this job, by another one or by the
 * same one re-run: the next channel's text says that it may be the second copy. What failed in an earlier job is tried
 * once more where nothing else is left.
 * @returns whether it was sent, now or before.
 */
export async function deliver(
  deps: NotifyDeps,
  record: IncidentRecord,
  delivery: Delivery,
  turn: Turn,
): Promise<boolean> {
  const { recipient, notice } = delivery;
  const name = `${noticeName(notice)}/${recipient.id}`;
  const tried = new Set<string>();
  for (;;) {
    // By whichever address: the runbook may have another one now.
    if (sentTo(record.chain, noticeName(notice), recipient.id)) return true;
    const ways = recipient.ways.map((way) => progressOf(record.chain, name, way));
    const begun = ways.filter(({ state }) => state === "begun");
    if (begun.some((way) => mayBeGoingOn(deps, way))) {
      turn.pass();
      await lookAgain(deps, record);
      continue;
    }
    const lost = begun.find(({ way }) => !isRepeatable(way));
    if (lost) {
      await leaveOpen(record, delivery, lost);
      continue;
    }
    const candidates = ways.filter(({ state, way }) => state !== "unknown" && !tried.has(wayName(way)));
    const next = candidates.find(({ failures }) => failures === 0) ?? candidates[0];
    if (!next) {
      await giveUp(record, notice, recipient, ways);
      return false;
    }
    const secondCopy = ways.some(({ state }) => state === "unknown");
    if (await sendBy(deps, record, { ...delivery, secondCopy }, next, turn)) tried.add(wayName(next.way));
  }
}

/**
 * Announces, sends until the outcome is not a plain failure, and records it.
 * @returns whether it did; not when another job was faster, which sends.
 */
async function sendBy(
  deps: NotifyDeps,
  record: IncidentRecord,
  delivery: Delivery & MessageRequest,
  { way, key, state }: Progress,
  turn: Turn,
): Promise<boolean> {
  const { clock, log } = deps;
  const { notice, recipient } = delivery;
  const common = { notice: noticeName(notice), recipient: recipient.id, channel: way.channel };
  const fail = async (outcome: "failed" | "unknown", why: string, tries: number) => {
    log.warning(`${recipient.who} by ${way.channel}: ${outcome === "failed" ? "" : "not known, "}${why}`);
    await record.append("notice-failed", { ...common, outcome, why, tries }, `notice-failed/${key}`);
    return true;
  };
  const message = buildMessage(record.chain, record.runbook, delivery);
  const channel = await openChannel(deps, record, way, `notice/${key}`, message).catch(
    (error: Error) => error,
  );
  if (channel instanceof Error) {
    turn.pass();
    return fail("failed", channel.message.slice(0, 300), 0);
  }
  await turn.come;
  const intent = { ...common, ...notice, notice: common.notice, address: way.address };
  const announced = await record.append("notice-intended", intent, `notice-intended/${key}`);
  turn.pass();
  // What a job began that has ended is begun again, under the same announcement.
  if (!announced && state !== "begun") return false;
  for (let tries = 1; ; tries += 1) {
    const attempt = await channel.send();
    if (attempt.outcome === "sent") {
      const { messageId } = attempt;
      const sentAt = clock.now().toISOString();
      await record.append("notice-sent", { ...common, messageId, sentAt, tries }, `notice-sent/${key}`);
      log.info(
        `${recipient.who} is told by ${way.channel}${messageId === null ? "" : `, message ${messageId}`}`,
      );
      return true;
    }
    const wait = WAITS_MS[tries - 1];
    if (attempt.outcome === "unknown" || wait === undefined) return fail(attempt.outcome, attempt.why, tries);
    await clock.sleep(wait);
  }
}

/** Whether another job may be sending at this moment. An earlier attempt of this run, or this job itself, is not. */
function mayBeGoingOn({ clock, context }: NotifyDeps, { intent }: Progress): boolean {
  if (!intent || clock.now().getTime() - Date.parse(intent.at) > LONGEST_SEND_MS) return false;
  const { runId, runAttempt, job } = intent.by;
  return runId !== context.runId || (runAttempt === context.runAttempt && job !== context.job);
}

async function lookAgain({ clock }: NotifyDeps, record: IncidentRecord): Promise<void> {
  await clock.sleep(LOOK_AGAIN_MS);
  await record.refresh();
}

/** The job that announced it has ended and not said what came of it. */
async function leaveOpen(record: IncidentRecord, delivery: Delivery, { way, key }: Progress): Promise<void> {
  const { notice, recipient } = delivery;
  const data = {
    notice: noticeName(notice),
    recipient: recipient.id,
    channel: way.channel,
    outcome: "unknown" as const,
    why: "the job that sent it ended before it could say what came of it",
    tries: 1,
  };
  await record.append("notice-failed", data, `notice-failed/${key}`);
}

async function giveUp(
  record: IncidentRecord,
  notice: Notice,
  { id, telephone }: Recipient,
  ways: readonly Progress[],
): Promise<void> {
  const why = ways.map((one) => `${one.way.channel}: ${one.why}`).join("; ");
  const name = noticeName(notice);
  const data = { notice: name, recipient: id, why: why.slice(0, 600), telephone };
  await record.append("notice-undelivered", data, `notice-undelivered/${name}/${id}`);
}

function wayName({ channel, address }: Progress["way"]): string {
  return `${channel} ${address}`;
}
