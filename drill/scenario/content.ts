/** What an mcp and its users would write: log lines, audit records, secrets. All of it follows from the seed. */
import type { EventGenerator } from "../aws/logs/events.ts";
import { createRandom, type Random } from "../random.ts";
import type { ScenarioAttacker } from "./schema.ts";

const TOOLS = [
  "search_records",
  "get_record",
  "list_tables",
  "run_query",
  "export_report",
  "describe_schema",
];
const SCOPES = ["user_impersonation", "Records.Read", "Reports.Read.All"];
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ENTRA = `${ALPHANUMERIC}._~-`;

export interface LogVolume {
  random: Random;
  count: number;
  /** Milliseconds since the epoch; events lie in [from, to). */
  from: number;
  to: number;
  users: readonly string[];
}

/** A stream's ordinary events, made on demand and always the same for the same seed. */
export function logEvents({ random, count, from, to, users }: LogVolume): EventGenerator {
  const seed = random.integer(0, 0xffff_ffff);
  const step = (to - from) / Math.max(count, 1);
  return {
    count,
    at: (index) => {
      const own = createRandom(Math.imul(seed ^ index, 0x9e3779b1) >>> 0);
      const timestamp = Math.floor(from + (index + own.next() * 0.999) * step);
      return { timestamp, message: logLine(own, timestamp, users) };
    },
  };
}

function logLine(random: Random, at: number, users: readonly string[]): string {
  const kind = random.next();
  if (kind < 0.35) {
    const status = random.next() < 0.98 ? "200 OK" : "404 Not Found";
    return `INFO:     10.0.${random.integer(8, 31)}.${random.integer(4, 250)}:${random.integer(32768, 60999)} - "POST /mcp HTTP/1.1" ${status}`;
  }
  const user = random.pick(users);
  if (kind < 0.5) {
    return json(at, "INFO", "mcp.auth", "OBO token exchange succeeded", {
      user,
      scope: random.pick(SCOPES),
      session: random.hex(12),
    });
  }
  if (kind < 0.52) {
    return json(at, "WARNING", "mcp.upstream", "slow answer from the data source", {
      duration_ms: random.integer(2500, 9000),
    });
  }
  return json(at, "INFO", "mcp.tools", "tool call finished", {
    tool: random.pick(TOOLS),
    user,
    session: random.hex(12),
    duration_ms: random.integer(12, 900),
    outcome: random.next() < 0.985 ? "success" : "error",
  });
}

/** The lines that an attack leaves in a log, spread over [from, to). */
export function attackLines(
  random: Random,
  attacker: ScenarioAttacker,
  from: number,
  to: number,
): { timestamp: number; message: string }[] {
  const client = { client: attacker.source_ip, user: attacker.user };
  return times(random, attacker.log_lines, from, to).map((timestamp) => {
    const kind = random.integer(0, 3);
    if (kind === 0) {
      const failure = "OBO token exchange failed: AADSTS500133: Assertion is not within its valid time range";
      return { timestamp, message: json(timestamp, "ERROR", "mcp.auth", failure, client) };
    }
    if (kind === 1) {
      const extra = { ...client, tool: "export_report", outcome: "denied" };
      return { timestamp, message: json(timestamp, "ERROR", "mcp.tools", "tool call denied", extra) };
    }
    if (kind === 2) {
      const path = random.pick(["/mcp/../admin", "/.env", "/mcp?cursor=%27%20OR%201=1", "/actuator/env"]);
      const port = random.integer(32768, 60999);
      return {
        timestamp,
        message: `INFO:     ${attacker.source_ip}:${port} - "GET ${path} HTTP/1.1" 404 Not Found`,
      };
    }
    const failure = "unhandled exception in request";
    return {
      timestamp,
      message: json(timestamp, "ERROR", "mcp.server", failure, { ...client, status: 500 }),
    };
  });
}

/** One audit object: NDJSON, a record a line, times ascending in [from, to). */
export function auditObject(
  random: Random,
  options: { mcp: string; users: readonly string[]; records: number; from: number; to: number },
): string {
  const records = times(random, options.records, options.from, options.to).map((at) => ({
    timestamp: new Date(at).toISOString(),
    event: "tool_call",
    mcp: options.mcp,
    user: random.pick(options.users),
    tool: random.pick(TOOLS),
    outcome: random.next() < 0.985 ? "success" : "error",
    session: random.hex(12),
    request: random.hex(16),
    duration_ms: random.integer(12, 900),
    source_ip: `10.0.${random.integer(8, 31)}.${random.integer(4, 250)}`,
  }));
  return ndjson(records);
}

/** The audit object of an attack: one user, many records, most of them refused. */
export function attackAuditObject(
  random: Random,
  attacker: ScenarioAttacker,
  options: { mcp: string; from: number; to: number },
): string {
  const session = random.hex(12);
  const records = times(random, attacker.audit_records, options.from, options.to).map((at) => ({
    timestamp: new Date(at).toISOString(),
    event: "tool_call",
    mcp: options.mcp,
    user: attacker.user,
    tool: random.pick(["export_report", "run_query"]),
    outcome: random.pick(["denied", "denied", "error", "success"]),
    session,
    request: random.hex(16),
    duration_ms: random.integer(900, 15_000),
    source_ip: attacker.source_ip,
  }));
  return ndjson(records);
}

/** A made-up client secret in the shape of Entra's: 40 characters with `8Q~` after the third. */
export function entraSecret(random: Random): string {
  const characters = (set: string, length: number) =>
    Array.from({ length }, () => random.pick([...set])).join("");
  return `${characters(ALPHANUMERIC, 3)}8Q~${characters(ENTRA, 33)}${characters(ALPHANUMERIC, 1)}`;
}

function times(random: Random, count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, () => Math.floor(from + random.next() * (to - from))).sort(
    (a, b) => a - b,
  );
}

function json(at: number, level: string, logger: string, message: string, extra: object): string {
  return JSON.stringify({ timestamp: new Date(at).toISOString(), level, logger, message, ...extra });
}

function ndjson(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}
