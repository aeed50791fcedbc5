import type { QuerySettings } from "../runbook/query-schema.ts";
import { WEEKDAYS } from "../runbook/query-schema.ts";
import { literal } from "./engine.ts";

/**
 * The columns of `calls`, one row an audit record. Every question is asked of them, on this machine by DuckDB and
 * beyond its size by Athena, in the SQL that both understand.
 *
 * docs/query.md says what each of them is.
 *
 * A record without a readable time, or with one before 1970 or after 9999, is in no answer; it is counted as unreadable.
 */
export const TEXT_COLUMNS = ["user", "tool", "session", "outcome", "source_ip", "request"] as const;

/** What lies beyond is no call's time, and too far for a number of hours: one such record would cost its whole object. */
const EARLIEST = "TIMESTAMP '1970-01-01 00:00:00'";
const LATEST = "TIMESTAMP '9999-12-31 23:59:59'";

export interface Layout {
  settings: QuerySettings;
  /** IANA time zone of the business hours. */
  timeZone: string;
}

/** What differs between the two engines: how a record's text becomes a moment, and how a day is numbered. */
interface Dialect {
  /** A moment with its time zone; null where the text is none. */
  moment(text: string): string;
  /** The moment on the clocks of a zone, as a timestamp without one. */
  clock(moment: string, zone: string): string;
  hourNumber(timestamp: string): string;
  /** Monday is 1. */
  weekday(timestamp: string): string;
}

/** https://duckdb.org/docs/stable/sql/functions/timestamptz */
export const DUCKDB: Dialect = {
  moment: (text) => `TRY_CAST(${text} AS TIMESTAMPTZ)`,
  clock: (moment, zone) => `${moment} AT TIME ZONE ${literal(zone)}`,
  hourNumber: (timestamp) => `CAST(floor(epoch(${timestamp}) / 3600) AS INTEGER)`,
  weekday: (timestamp) => `isodow(${timestamp})`,
};

/** Athena's engine is Trino's: https://trino.io/docs/current/functions/datetime.html */
export const ATHENA: Dialect = {
  moment: (text) => `TRY(from_iso8601_timestamp(${text}))`,
  clock: (moment, zone) => `CAST(${moment} AT TIME ZONE ${literal(zone)} AS timestamp)`,
  hourNumber: (timestamp) => `CAST(floor(to_unixtime(${timestamp}) / 3600) AS integer)`,
  weekday: (timestamp) => `day_of_week(${timestamp})`,
};

/** The field of a record that fills a column; undefined when the runbook names none. */
export function fieldOf(
  { settings }: Layout,
  column: "time" | (typeof TEXT_COLUMNS)[number],
): string | undefined {
  return settings.audit_records[column];
}

/** The fields of a record that are read at all, each once. */
export function fieldsRead(layout: Layout): string[] {
  const fields = (["time", ...TEXT_COLUMNS] as const).map((column) => fieldOf(layout, column));
  return [...new Set(fields.filter((one) => one !== undefined))];
}

/**
 * The SELECT that makes `calls` out of `records`, whose fields are text. `name` says how a field is called there.
 */
export function selectCalls(
  layout: Layout,
  dialect: Dialect,
  records: string,
  name: (field: string) => string,
): string {
  const { settings, timeZone } = layout;
  const columns = TEXT_COLUMNS.map(identifier).join(", ");
  const texts = TEXT_COLUMNS.map((column) => {
    const field = fieldOf(layout, column);
    return `${field === undefined ? "CAST(NULL AS varchar)" : name(field)} AS ${identifier(column)}`;
  });
  const { from, to, days } = settings.business_hours;
  const working = days.map((day) => WEEKDAYS.indexOf(day) + 1).join(", ");
  const minute = "hour(local_time) * 60 + minute(local_time)";
  return `SELECT called_at, ${dialect.hourNumber("called_at")} AS hour_number, ${columns},
  coalesce(outcome IN (${settings.error_outcomes.map(literal).join(", ")}), FALSE) AS failed,
  NOT (${dialect.weekday("local_time")} IN (${working}) AND ${minute} >= ${minutes(from)} AND ${minute} < ${minutes(to)}) AS off_hours
FROM (
  SELECT ${dialect.clock("moment", "UTC")} AS called_at, ${dialect.clock("moment", timeZone)} AS local_time, ${columns}
  FROM (SELECT ${dialect.moment(name(settings.audit_records.time))} AS moment, ${texts.join(", ")} FROM ${records}) AS texts
) AS times
WHERE called_at BETWEEN ${EARLIEST} AND ${LATEST}`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function minutes(timeOfDay: string): number {
  const [hours = 0, rest = 0] = timeOfDay.split(":").map(Number);
  return hours * 60 + rest;
}
