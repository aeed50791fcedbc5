/**
 * A trail's files in S3: log files about every five minutes, digest files every hour. What is due is written when
 * somebody looks, as if it had been delivered in time.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Account } from "./call.ts";
import type { S3Store } from "./s3/store.ts";
import type { Trail } from "./trail.ts";
import { type DeliveredFile, DigestChain } from "./trail-digests.ts";
import type { TrailEvent } from "./trail-lookup.ts";
import { fileTime, folderOf } from "./trail-names.ts";
import { isoSecond, recordedIn, trailRecord } from "./trail-record.ts";

const TICK_MS = 5 * 60_000;
const EVENTS_A_FILE = 2000;

export class TrailDelivery {
  readonly trail: Trail;
  readonly #account: Account;
  readonly #store: S3Store;
  readonly #chains = new Map<string, DigestChain>();
  #waiting: TrailEvent[] = [];
  /** Everything up to this delivery time is written. */
  #through = 0;

  constructor(trail: Trail, account: Account, store: S3Store) {
    this.trail = trail;
    this.#account = account;
    this.#store = store;
  }

  take(event: TrailEvent): void {
    if (this.trail.records(event)) this.#waiting.push(event);
  }

  /** Writes what has become due. */
  deliver(): void {
    const now = this.#account.clock.now();
    const due = new Map<number, TrailEvent[]>();
    const rest: TrailEvent[] = [];
    for (const event of this.#waiting) {
      const regular = tickAfter(event.eventTime + this.trail.deliveryDelayMs);
      const tick = regular > this.#through ? regular : this.#through + TICK_MS;
      if (tick > now) rest.push(event);
      else due.set(tick, [...(due.get(tick) ?? []), event]);
    }
    this.#waiting = rest;
    this.#through = Math.max(this.#through, Math.floor(now / TICK_MS) * TICK_MS);
    for (const [tick, events] of [...due].sort(([a], [b]) => a - b)) this.#writeTick(tick, events);
    for (const region of this.trail.regions()) this.#chain(region).deliver(now, tickAfter);
  }

  #writeTick(tick: number, events: readonly TrailEvent[]): void {
    for (const region of this.trail.regions()) {
      const own = events.filter((event) => recordedIn(event, this.#account.region) === region);
      for (let start = 0; start < own.length; start += EVENTS_A_FILE)
        this.#writeFile(region, tick, own.slice(start, start + EVENTS_A_FILE), start);
    }
  }

  #writeFile(region: string, tick: number, events: readonly TrailEvent[], number: number): void {
    const { accountId } = this.#account;
    const unique = createHash("sha256")
      .update(`${this.trail.name} ${region} ${tick} ${number}`)
      .digest("hex")
      .slice(0, 16);
    const name = `${accountId}_CloudTrail_${region}_${fileTime(tick).slice(0, 13)}Z_${unique}.json.gz`;
    const key = `${folderOf(this.trail, accountId, "CloudTrail", region, tick)}${name}`;
    const text = JSON.stringify({ Records: events.map((event) => trailRecord(event, this.#account)) });
    this.#store.seedObject(this.trail.bucket, key, gzipSync(text), {
      lastModified: tick,
      contentType: "application/json",
    });
    const times = events.map(({ eventTime }) => eventTime);
    this.#chain(region).add({
      bucket: this.trail.bucket,
      key,
      deliveredAt: tick,
      sha256: createHash("sha256").update(text).digest("hex"),
      oldestEventTime: isoSecond(Math.min(...times)),
      newestEventTime: isoSecond(Math.max(...times)),
    } satisfies DeliveredFile);
  }

  #chain(region: string): DigestChain {
    const chain =
      this.#chains.get(region) ?? new DigestChain(this.trail, region, this.#account.accountId, this.#store);
    this.#chains.set(region, chain);
    return chain;
  }
}

function tickAfter(at: number): number {
  return Math.ceil(at / TICK_MS) * TICK_MS;
}
