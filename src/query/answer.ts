import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { csvRow } from "./csv.ts";
import type { Cell, Engine } from "./engine.ts";
import type { Ingested } from "./ingest.ts";
import { type Query, type Question, queriesFor, type Span, timestamp } from "./questions.ts";

/** How many rows of a table are shown; the file has all. */
const SHOWN = 15;
const HOUR_MS = 3_600_000;

export interface Table {
  name: string;
  title: string;
  columns: readonly string[];
  /** The first rows. */
  rows: readonly (readonly Cell[])[];
  total: number;
  /** How many rows are out of the ordinary; null when the table judges nothing, or cannot for want of a baseline. */
  flagged: number | null;
  /** The distinct users of the flagged rows, at most so many as are shown; null for rows that are not about one. */
  flaggedUsers: readonly (string | null)[];
  unjudged: string | null;
  /** All rows as CSV, on this machine. */
  file: string;
  sha256: string;
  bytes: number;
}

export interface Answer {
  question: Question;
  span: Span;
  /** From the first record before the window on; null when there is none. */
  baseline: { from: string; days: number } | null;
  inWindow: { calls: number; errors: number; users: number };
  read: Ingested;
  tables: Table[];
}

/** Asks a question of `calls` and writes every table to a CSV file in `folder`. */
export async function answer(
  engine: Engine,
  folder: string,
  question: Question,
  span: Span,
  read: Ingested,
): Promise<Answer> {
  const [[first = null] = []] = await engine.rows(
    `SELECT min(called_at) FROM calls WHERE called_at >= ${timestamp(span.baselineFrom)} AND called_at < ${timestamp(span.from)}`,
  );
  const begins = first === null ? null : new Date(String(first));
  // Before the first record that was kept nothing is known: it is no baseline of quiet days.
  const known: Span = { ...span, baselineFrom: begins ?? span.from };
  const baselineHours = (span.from.getTime() - known.baselineFrom.getTime()) / HOUR_MS;
  const [[calls, errors, users] = []] = await engine.rows(
    `SELECT count(*), count(*) FILTER (WHERE failed), count(DISTINCT "user") FROM calls WHERE called_at >= ${timestamp(span.from)} AND called_at < ${timestamp(span.to)}`,
  );
  const tables: Table[] = [];
  for (const query of queriesFor(question, known))
    tables.push(await ask(engine, folder, query, baselineHours));
  return {
    question,
    span,
    baseline: begins === null ? null : { from: begins.toISOString(), days: baselineHours / 24 },
    inWindow: { calls: Number(calls), errors: Number(errors), users: Number(users) },
    read,
    tables,
  };
}

function tooShort(hours: number, needed: number): string {
  if (hours === 0) return "there is no baseline to compare with";
  return `the baseline has only ${hours.toFixed(1)} of the ${needed} hours that it takes`;
}

async function ask(engine: Engine, folder: string, query: Query, baselineHours: number): Promise<Table> {
  const file = join(folder, `${query.name}.csv`);
  const unjudged = baselineHours < query.baselineHours ? tooShort(baselineHours, query.baselineHours) : null;
  const rows: Cell[][] = [];
  const flaggedUsers = new Set<string | null>();
  const user = query.columns.indexOf("user");
  let [total, flagged, bytes] = [0, 0, 0];
  const hash = createHash("sha256");
  const csv = async function* () {
    yield csvRow(query.columns);
    if (unjudged !== null) return;
    for await (const some of engine.stream(query.sql)) {
      for (const row of some) {
        total += 1;
        if (rows.length < SHOWN) rows.push(row);
        if (!query.flags || row.at(-1) !== true) continue;
        flagged += 1;
        const who = row[user];
        if (flaggedUsers.size < SHOWN) flaggedUsers.add(typeof who === "string" ? who : null);
      }
      yield some.map(csvRow).join("");
    }
  };
  const measured = async function* () {
    for await (const text of csv()) {
      const chunk = Buffer.from(text);
      hash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  };
  await pipeline(Readable.from(measured()), createWriteStream(file, { mode: 0o600 }));
  return {
    name: query.name,
    title: query.title,
    columns: query.columns,
    rows,
    total,
    flagged: query.flags && unjudged === null ? flagged : null,
    flaggedUsers: [...flaggedUsers],
    unjudged,
    file,
    sha256: hash.digest("hex"),
    bytes,
  };
}
