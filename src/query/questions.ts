import { SIGNS, type Sign } from "../runbook/query-schema.ts";
import { literal } from "./engine.ts";

/** What can be asked of the audit records, in SQL that DuckDB and Athena both understand. */

/** All that bears signs of an incident, or the calls of one user, tool or session. */
export const QUESTIONS = ["overview", "user", "tool", "session"] as const;

export type Question =
  | { kind: "overview"; signs: readonly Sign[] }
  | { kind: "user" | "tool" | "session"; value: string };

/** What is asked about, and what came before it: half-open spans, UTC. */
export interface Span {
  from: Date;
  to: Date;
  /** Where the baseline begins; it ends where the window begins. */
  baselineFrom: Date;
}

export interface Query {
  /** Names the table and its file. */
  name: string;
  title: string;
  columns: readonly string[];
  /** Rows in the order in which they are shown. With `flags`, the last column says whether a row is out of the ordinary. */
  sql: string;
  flags: boolean;
  /** How many hours of baseline there have to be for it to mean anything. */
  baselineHours: number;
}

/** Fewer than so many are no spike, whatever the baseline says. */
const LEAST_ERRORS = 5;
const LEAST_CALLS = 20;
const DAY_MS = 86_400_000;
/** Standard deviations above the mean; one is at least the square root of the mean, as counting alone has it. */
const FAR = 3;

export function queriesFor(question: Question, span: Span): Query[] {
  if (question.kind === "overview") {
    return SIGNS.filter((sign) => question.signs.includes(sign)).map((sign) => SIGN_QUERIES[sign](span));
  }
  return callsOf(question.kind, question.value, span);
}

const SIGN_QUERIES: Readonly<Record<Sign, (span: Span) => Query>> = {
  errors,
  "new-users": newUsers,
  "off-hours": offHours,
  volume,
};

/** Errors by the hour. Without a baseline an hour is compared with the window's other hours. */
function errors(span: Span): Query {
  const [windowHours, baselineHours] = [hours(span.from, span.to), hours(span.baselineFrom, span.from)];
  const ordinary = baselineHours > 0 ? inBaseline(span) : inWindow(span);
  const n = Math.max(baselineHours > 0 ? baselineHours : windowHours, 1);
  return {
    name: "error-spikes",
    title: "Errors by the hour",
    columns: ["hour", "calls", "errors", "users with errors", "ordinary errors an hour", "user", "flagged"],
    flags: true,
    baselineHours: 0,
    // `user`: whose errors alone make it out of the ordinary.
    sql: `WITH by_hour AS (
  SELECT hour_number, count(*) AS errors FROM calls WHERE ${ordinary} AND failed GROUP BY hour_number
), ordinary AS (
  SELECT coalesce(sum(errors), 0) / ${n}e0 AS mean, coalesce(sum(errors * errors), 0) / ${n}e0 AS squares FROM by_hour
), usual AS (
  SELECT mean, greatest(mean + ${FAR} * sqrt(greatest(squares - mean * mean, mean)), ${LEAST_ERRORS - 1}) AS most FROM ordinary
), by_user AS (
  SELECT hour_number, "user", min(called_at) AS first_call, count(*) AS calls, count(*) FILTER (WHERE failed) AS errors
  FROM calls WHERE ${inWindow(span)} GROUP BY hour_number, "user"
), seen AS (
  SELECT hour_number, min(first_call) AS first_call, sum(calls) AS calls, sum(errors) AS errors,
    count(CASE WHEN errors > 0 THEN "user" END) AS users, max(errors) AS top_errors
  FROM by_user GROUP BY hour_number
), top AS (
  SELECT seen.hour_number AS hour_number, min(by_user."user") AS "user"
  FROM seen JOIN by_user ON by_user.hour_number = seen.hour_number AND by_user.errors = seen.top_errors
  GROUP BY seen.hour_number HAVING count(*) = 1
)
SELECT date_trunc('hour', first_call) AS hour, calls, errors, users, round(mean, 2) AS ordinary_errors,
  CASE WHEN errors > most AND errors - top_errors <= most THEN top."user" END AS "user", errors > most AS flagged
FROM seen CROSS JOIN usual LEFT JOIN top ON top.hour_number = seen.hour_number
WHERE errors > 0
ORDER BY flagged DESC, errors DESC, hour`,
  };
}

function newUsers(span: Span): Query {
  return {
    name: "new-users",
    title: "Users never seen before",
    columns: ["user", "first call", "last call", "calls", "errors", "tools", "flagged"],
    flags: true,
    baselineHours: 1,
    sql: `WITH by_tool AS (
  SELECT "user", tool, min(called_at) AS began, max(called_at) AS ended, count(*) AS n, count(*) FILTER (WHERE failed) AS bad
  FROM calls WHERE ${since(span.baselineFrom, span)} GROUP BY "user", tool
)
SELECT "user", min(began) AS first_call, max(ended) AS last_call, sum(n) AS calls, sum(bad) AS errors, count(tool) AS tools,
  TRUE AS flagged
FROM by_tool
GROUP BY "user" HAVING min(began) >= ${timestamp(span.from)}
ORDER BY calls DESC, "user"`,
  };
}

/** Flagged: whoever never called at such hours before. */
function offHours(span: Span): Query {
  return {
    name: "off-hours",
    title: "Calls outside business hours",
    columns: ["user", "calls", "errors", "first call", "last call", "such calls before", "flagged"],
    flags: true,
    baselineHours: 0,
    sql: `WITH seen AS (
  SELECT "user", count(*) FILTER (WHERE ${inWindow(span)}) AS calls,
    count(*) FILTER (WHERE ${inWindow(span)} AND failed) AS errors,
    min(CASE WHEN ${inWindow(span)} THEN called_at END) AS first_call,
    max(CASE WHEN ${inWindow(span)} THEN called_at END) AS last_call,
    count(*) FILTER (WHERE ${inBaseline(span)}) AS earlier
  FROM calls WHERE off_hours AND ${since(span.baselineFrom, span)} GROUP BY "user"
)
SELECT "user", calls, errors, first_call, last_call, earlier, earlier = 0 AS flagged
FROM seen WHERE calls > 0
ORDER BY flagged DESC, calls DESC, "user"`,
  };
}

/** A user's busiest 24 hours, counted back from the window's end, against those of the baseline's full days. */
function volume(span: Span): Query {
  const days = Math.max(Math.floor((span.from.getTime() - span.baselineFrom.getTime()) / DAY_MS), 1);
  const begins = new Date(span.from.getTime() - days * DAY_MS);
  return {
    name: "volume",
    title: "Calls in 24 hours, by user",
    columns: ["user", "calls", "most in 24 hours", "ordinary mean", "ordinary most", "flagged"],
    flags: true,
    baselineHours: 24,
    sql: `WITH numbered AS (
  SELECT "user", ${inWindow(span)} AS seen,
    CASE WHEN ${inWindow(span)} THEN ${daysBefore(span.to)} ELSE ${daysBefore(span.from)} END AS day
  FROM calls WHERE ${since(begins, span)}
), by_day AS (
  SELECT "user", seen, count(*) AS calls FROM numbered GROUP BY "user", seen, day
), by_user AS (
  SELECT "user", sum(CASE WHEN seen THEN calls END) AS calls, max(CASE WHEN seen THEN calls END) AS daily,
    coalesce(sum(CASE WHEN NOT seen THEN calls END), 0) / ${days}e0 AS mean,
    coalesce(sum(CASE WHEN NOT seen THEN calls * calls END), 0) / ${days}e0 AS squares,
    coalesce(max(CASE WHEN NOT seen THEN calls END), 0) AS most
  FROM by_day GROUP BY "user"
)
SELECT "user", calls, daily, round(mean, 1) AS mean, most,
  daily >= ${LEAST_CALLS} AND daily > most AND daily > mean + ${FAR} * sqrt(greatest(squares - mean * mean, mean)) AS flagged
FROM by_user
WHERE calls > 0
ORDER BY flagged DESC, daily DESC, calls DESC, "user"`,
  };
}

function callsOf(kind: "user" | "tool" | "session", value: string, span: Span): Query[] {
  // Entra does not tell names apart by case, and records have them as whoever called wrote them.
  const one = kind === "user" ? `lower("user") = lower(${literal(value)})` : `${kind} = ${literal(value)}`;
  const which = `${inWindow(span)} AND ${one}`;
  return [
    {
      name: "summary",
      title: `Calls of this ${kind}, by user, tool and outcome`,
      columns: ["user", "tool", "outcome", "calls", "sessions", "addresses", "first call", "last call"],
      flags: false,
      baselineHours: 0,
      sql: `SELECT "user", tool, outcome, count(*) AS calls, count(DISTINCT session) AS sessions,
  count(DISTINCT source_ip) AS addresses, min(called_at) AS first_call, max(called_at) AS last_call
FROM calls WHERE ${which}
GROUP BY "user", tool, outcome
ORDER BY calls DESC, "user", tool, outcome`,
    },
    {
      name: "calls",
      title: "The calls, newest first",
      columns: ["time", "user", "tool", "session", "outcome", "address", "request", "outside business hours"],
      flags: false,
      baselineHours: 0,
      sql: `SELECT called_at, "user", tool, session, outcome, source_ip, request, off_hours
FROM calls WHERE ${which}
ORDER BY called_at DESC, session, request, "user", tool, outcome, source_ip`,
    },
  ];
}

/** `TIMESTAMP '…'` in UTC, without a time zone. */
export function timestamp(at: Date): string {
  return `TIMESTAMP ${literal(at.toISOString().replace("T", " ").replace("Z", ""))}`;
}

function inWindow({ from, to }: Span): string {
  return `called_at >= ${timestamp(from)} AND called_at < ${timestamp(to)}`;
}

function inBaseline({ baselineFrom, from }: Span): string {
  return `called_at >= ${timestamp(baselineFrom)} AND called_at < ${timestamp(from)}`;
}

/** From a moment to the window's end. */
function since(from: Date, { to }: Span): string {
  return `called_at >= ${timestamp(from)} AND called_at < ${timestamp(to)}`;
}

/** Whole days between a call and a later moment. */
function daysBefore(at: Date): string {
  return `floor((date_diff('millisecond', called_at, ${timestamp(at)}) - 1) / ${DAY_MS}e0)`;
}

function hours(from: Date, to: Date): number {
  return Math.max(Math.round((to.getTime() - from.getTime()) / 3_600_000), 0);
}
