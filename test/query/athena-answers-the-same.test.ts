import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createRandom } from "../../drill/random.ts";
import { athenaSql } from "../../src/query/athena.ts";
import { DUCKDB, identifier, selectCalls } from "../../src/query/columns.ts";
import { type Engine, literal, openEngine } from "../../src/query/engine.ts";
import { type Question, queriesFor, type Span } from "../../src/query/questions.ts";
import { layoutOf } from "../../src/query/workspace.ts";
import { SIGNS } from "../../src/runbook/query-schema.ts";
import { ownRunbook } from "../support/incident.ts";

/**
 * The SQL for Athena, run over lines of text as Athena's table has them. The functions that only Trino has are defined
 * by their documentation (https://trino.io/docs/current/functions/datetime.html, …/functions/json.html).
 */
const TRINO = [
  "CREATE MACRO from_iso8601_timestamp(t) AS CAST(t AS TIMESTAMPTZ)",
  "CREATE MACRO to_unixtime(t) AS epoch(t)",
  "CREATE MACRO day_of_week(t) AS isodow(t)",
  `CREATE MACRO json_extract_scalar(line, path) AS
     TRY(json_extract_string(line, replace(replace(path, '["', '."'), '"]', '"')))`,
];
const HOUR_MS = 3_600_000;
const to = Date.parse("2026-10-27T09:41:07.123Z");
const span: Span = {
  from: new Date(to - 24 * HOUR_MS),
  to: new Date(to),
  baselineFrom: new Date(to - 31 * 24 * HOUR_MS),
};
const layout = layoutOf(ownRunbook());
const HOSTILE = "o'neil' OR '1'='1'; DROP TABLE calls; --\\";
const folders = [
  { name: "INC-42_7001", uri: "s3://vault/a/" },
  { name: "INC-42_7001_7002", uri: "s3://vault/b/" },
];
let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "athena-"));
  engine = await openEngine("actions/query-audit-logs/engine", folder);
  for (const macro of TRINO) await engine.run(macro);
  const random = createRandom(11);
  const lines = Array.from({ length: 900 }, (_, index) => {
    const ms = to - (index < 500 ? random.integer(1, 30 * 24) * HOUR_MS : random.integer(1, 24 * HOUR_MS));
    return JSON.stringify({
      timestamp: new Date(ms).toISOString(),
      user: [HOSTILE, "ana", "bo", "eve"][random.integer(0, index < 500 ? 2 : 3)],
      tool: ["a", "b"][random.integer(0, 1)],
      session: `s${random.integer(0, 3)}`,
      outcome: random.next() < 0.2 ? "denied" : "success",
    });
  }).concat("not json", "[1]", '{"user":"ana","timestamp":"soon"}', '{"user":"ana"}', '"text"', "{");
  for (const [table, some] of [
    ["firebreak_inc_42_7001", lines.slice(0, 400)],
    ["firebreak_inc_42_7001_7002", lines.slice(400)],
  ] as const) {
    await engine.run(`CREATE TABLE ${table} (line VARCHAR)`);
    await engine.run(`INSERT INTO ${table} VALUES ${some.map((line) => `(${literal(line)})`).join(", ")}`);
  }
  const fields = ["timestamp", "user", "tool", "session", "outcome", "source_ip", "request"];
  const texts = fields.map((field) => `json_extract_scalar(line, '$["${field}"]') AS ${identifier(field)}`);
  const both =
    "(SELECT line FROM firebreak_inc_42_7001 UNION ALL SELECT line FROM firebreak_inc_42_7001_7002)";
  const records = `(SELECT ${texts.join(", ")} FROM ${both} AS b) AS records`;
  await engine.run(`CREATE TABLE calls AS ${selectCalls(layout, DUCKDB, records, identifier)}`);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true });
});

const QUESTIONS: Question[] = [
  { kind: "overview", signs: SIGNS },
  { kind: "user", value: HOSTILE },
  { kind: "tool", value: "a" },
  { kind: "session", value: "s1" },
];

test.each(QUESTIONS)(
  "$kind: each statement, made for Athena, gives the rows that this machine gives",
  async (question) => {
    const statements = athenaSql(layout, question, span, folders)
      .split(/;\n\n|;$/)
      .filter((one) => /^-- /.test(one));
    const queries = queriesFor(question, span);
    expect(statements).toHaveLength(queries.length);
    for (const [index, { sql }] of queries.entries()) {
      const here = await engine.rows(sql);
      expect(here.length).toBeGreaterThan(0);
      expect(await engine.rows(statements[index] ?? "")).toEqual(here);
    }
  },
);

test("every quote of a value is doubled, in every statement that names it", () => {
  const sql = athenaSql(layout, { kind: "user", value: HOSTILE }, span, folders);
  expect(sql.split(literal(HOSTILE))).toHaveLength(3);
  expect(sql.replaceAll(literal(HOSTILE), "")).not.toContain("DROP TABLE");
});
