/** A trail: what it records, where its files go, and when it was logging. */
import type { TrailEvent } from "./trail-lookup.ts";
import { GLOBAL_REGION, recordedIn } from "./trail-record.ts";

/** What a scenario or a test says of a trail. Times in milliseconds since the epoch, UTC. */
export interface TrailSeed {
  name: string;
  bucket: string;
  prefix?: string | null;
  /** The account's region when absent. */
  homeRegion?: string;
  /** True when absent. */
  multiRegion?: boolean;
  /** `o-…` for a trail of an organization. */
  organizationId?: string | null;
  /** Whether digest files are delivered; true when absent. */
  validation?: boolean;
  /** `All` when absent. */
  readWriteType?: "All" | "ReadOnly" | "WriteOnly";
  /** Event sources whose management events it leaves out, for example `kms.amazonaws.com`. */
  excludedSources?: readonly string[];
  /** Whether data events are recorded too; false when absent. */
  dataEvents?: boolean;
  /** Since when it has been logging. */
  since: number;
  /** From an event to the log file that holds it, at least; AWS: about 5 minutes on average. */
  deliveryDelayMs?: number;
  /** From the end of a digest's hour to its delivery. */
  digestDelayMs?: number;
  /** Log files delivered in this time are left out of their hour's digest and follow in a backfill digest. */
  heldBack?: { from: number; to: number; backfillAt: number };
}

interface LoggingPeriod {
  from: number;
  /** Null while it logs. */
  to: number | null;
}

const MINUTE_MS = 60_000;

export class Trail {
  readonly name: string;
  readonly arn: string;
  readonly homeRegion: string;
  readonly organizationId: string | null;
  readonly deliveryDelayMs: number;
  readonly digestDelayMs: number;
  readonly heldBack: TrailSeed["heldBack"];
  /** Oldest first. Each begins a digest chain of its own. */
  readonly periods: LoggingPeriod[];
  readonly dataEvents: boolean;
  readonly readWriteType: "All" | "ReadOnly" | "WriteOnly";
  readonly excludedSources: readonly string[];
  bucket: string;
  prefix: string | null;
  multiRegion: boolean;
  globalEvents = true;
  validation: boolean;
  /** Gone for whoever asks; its last files still come. */
  deleted = false;
  readonly #region: string;

  constructor(seed: TrailSeed, { accountId, region }: { accountId: string; region: string }) {
    this.name = seed.name;
    this.homeRegion = seed.homeRegion ?? region;
    this.arn = `arn:aws:cloudtrail:${this.homeRegion}:${accountId}:trail/${seed.name}`;
    this.bucket = seed.bucket;
    this.prefix = seed.prefix ?? null;
    this.organizationId = seed.organizationId ?? null;
    this.multiRegion = seed.multiRegion ?? true;
    this.validation = seed.validation ?? true;
    this.readWriteType = seed.readWriteType ?? "All";
    this.excludedSources = seed.excludedSources ?? [];
    this.dataEvents = seed.dataEvents ?? false;
    this.deliveryDelayMs = seed.deliveryDelayMs ?? 2 * MINUTE_MS;
    this.digestDelayMs = seed.digestDelayMs ?? 5 * MINUTE_MS;
    this.heldBack = seed.heldBack;
    this.periods = [{ from: Math.floor(seed.since / 1000) * 1000, to: null }];
    this.#region = region;
  }

  /** The regions that it delivers files of, of those in which this account has events. */
  regions(): string[] {
    if (!this.multiRegion) return [this.homeRegion];
    return [...new Set([this.#region, this.homeRegion, ...(this.globalEvents ? [GLOBAL_REGION] : [])])];
  }

  get logging(): boolean {
    return this.periods.at(-1)?.to === null;
  }

  start(now: number): void {
    if (!this.logging) this.periods.push({ from: Math.floor(now / 1000) * 1000, to: null });
  }

  stop(now: number): void {
    const last = this.periods.at(-1);
    if (last && last.to === null) last.to = now;
  }

  /** Whether the event belongs in its log files. */
  records(event: TrailEvent): boolean {
    const { eventTime: at, managementEvent, readOnly, eventSource } = event;
    if (!this.periods.some(({ from, to }) => at >= from && (to === null || at <= to))) return false;
    if (!this.regions().includes(recordedIn(event, this.#region))) return false;
    if (!managementEvent) return this.dataEvents;
    if (this.excludedSources.includes(eventSource)) return false;
    return this.readWriteType === "All" || (this.readWriteType === "ReadOnly") === readOnly;
  }
}
