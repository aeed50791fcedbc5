import type { SourceContext } from "../context.ts";
import { sourceOf } from "../manifest.ts";
import { auditPrefixes } from "./audit-prefixes.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long a service may take to deliver what it logged, where the runbook does not say. */
const USUAL_DELIVERY_HOURS = 1;

/** Which objects of the audit bucket are the window's. */
export interface AuditScope {
  prefixes: readonly string[];
  /** The days (or hours) after the window's: of them only what was written until then (milliseconds) may be the window's. */
  late?: { prefixes: readonly string[]; until: number };
  /** By the time of writing; everything below the prefixes when undefined. */
  written?: { from: number; to: number };
  /** How the objects were found, when the layout led to none. */
  layout?: string;
}

/**
 * The days (or hours) that the key layout gives for the window, and those that a service writes to which names its
 * objects by the time of delivery: what it logged at 23:58 lies in the next day's folder.
 */
export function layoutScope(context: SourceContext): AuditScope {
  const { target, window } = context;
  const until = deliveredBy(context);
  const prefixes = auditPrefixes(target.auditLayout, window).sort();
  const after = auditPrefixes(target.auditLayout, { from: window.to, to: until });
  const late = after.filter((prefix) => !prefixes.includes(prefix));
  return { prefixes, ...(late.length === 0 ? {} : { late: { prefixes: late, until: until.getTime() } }) };
}

/** In the order in which S3 lists keys. */
export function prefixesOf({ prefixes, late }: AuditScope): string[] {
  return [...prefixes, ...(late?.prefixes ?? [])].sort();
}

/**
 * How the captures that this one adds to have found their objects: a supplementary capture goes on in the same way,
 * whatever lies where by now. Undefined when they have found none.
 */
export function earlierScope(context: SourceContext): AuditScope | undefined {
  const records = context.earlier.flatMap(({ manifest }) => sourceOf(manifest, "audit-logs") ?? []);
  if (records.some(({ expected }) => expected.layout !== undefined)) return fallbackScope(context);
  const found = ({ collected }: (typeof records)[number]) =>
    Number(collected.versions ?? 0) + Number(collected.deleteMarkers ?? 0) > 0;
  return records.some(found) ? layoutScope(context) : undefined;
}

/**
 * For a layout that leads to nothing, since it was changed or the runbook is wrong about it: whatever lies below the
 * part before its first date and was written in the window, or up to a day after it.
 */
export function fallbackScope(context: SourceContext): AuditScope {
  const { target, window } = context;
  const prefix = target.auditLayout.slice(0, target.auditLayout.search(/\{(yyyy|MM|dd|HH)\}/));
  return {
    prefixes: [prefix],
    written: {
      from: window.from.getTime(),
      to: Math.max(window.to.getTime() + DAY_MS, deliveredBy(context).getTime()),
    },
    layout: `fallback: no key matches ${target.auditLayout}, so everything below ${prefix === "" ? "the bucket" : prefix} that was written in the window`,
  };
}

/** Whether what lies below one of the scope's prefixes was written when the window's objects were. */
export function isWritten({ written, late }: AuditScope, prefix: string, at: Date): boolean {
  if (late?.prefixes.includes(prefix)) return at.getTime() <= late.until;
  return !written || (at.getTime() >= written.from && at.getTime() <= written.to);
}

/** When the service has delivered all that it logged in the window. */
export function deliveredBy({ runbook, window }: SourceContext): Date {
  const hours = runbook.evidence.settle_hours?.["audit-logs"] ?? USUAL_DELIVERY_HOURS;
  return new Date(window.to.getTime() + hours * HOUR_MS);
}

/** Until when an object counts as the window's: a supplementary capture has what was delivered late, too. */
export function windowEnd(context: SourceContext): Date {
  return context.earlier.length === 0 ? context.window.to : deliveredBy(context);
}
