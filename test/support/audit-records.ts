/** Audit records of a month, on the simulated platform, with something out of the ordinary in the last day. */
import { type PreservePlatform, target } from "./preserve-platform.ts";

const HOUR_MS = 3_600_000;

export interface AuditRecord {
  timestamp: string;
  user: string;
  tool: string;
  session: string;
  outcome: string;
  source_ip?: string;
  request?: string;
}

/** A key of the audit bucket for a moment, as the runbook lays it out. */
export function auditKey(at: number, name: string): string {
  const [year, month, day] = new Date(at).toISOString().slice(0, 10).split("-");
  const folder = target.auditLayout
    .replaceAll("{yyyy}", year ?? "")
    .replaceAll("{MM}", month ?? "")
    .replaceAll("{dd}", day ?? "");
  return `${folder}${name}`;
}

export function ndjson(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** One object an hour for so many days up to now: two users, each a successful call, by day only. */
export function seedOrdinary(
  { server, clock }: Pick<PreservePlatform, "server" | "clock">,
  days: number,
): number {
  const now = clock.now();
  let records = 0;
  for (let hour = days * 24; hour > 0; hour -= 1) {
    const at = now - hour * HOUR_MS + 60_000;
    const utc = new Date(at).getUTCHours();
    const weekday = new Date(at).getUTCDay();
    if (utc < 8 || utc >= 16 || weekday === 0 || weekday === 6) continue;
    const body = ndjson(
      ["ana@example.com", "bo@example.com"].map((user) => ({
        timestamp: new Date(at).toISOString(),
        user,
        tool: "get_record",
        session: `s-${user}-${hour}`,
        outcome: "success",
      })),
    );
    server.s3.seedObject(target.auditBucket, auditKey(at, `${hour}.ndjson`), body, { lastModified: at });
    records += 2;
  }
  return records;
}

/** So many failed calls of one user within the last minutes. */
export function attackOf(user: string, calls: number, now: number): AuditRecord[] {
  return Array.from({ length: calls }, (_, index) => ({
    timestamp: new Date(now - 120_000 + index * 1000).toISOString(),
    user,
    tool: "export_report",
    session: "s-attack",
    outcome: "denied",
    source_ip: "203.0.113.77",
    request: `r-${index}`,
  }));
}
