import { describe, expect, test } from "@jest/globals";
import { athenaSql } from "../../src/query/athena.ts";
import { type Question, queriesFor, type Span } from "../../src/query/questions.ts";
import { layoutOf } from "../../src/query/workspace.ts";
import { SIGNS } from "../../src/runbook/query-schema.ts";
import { ownRunbook } from "../support/incident.ts";

const layout = layoutOf(ownRunbook());
const span: Span = {
  from: new Date("2026-11-20T00:00:00Z"),
  to: new Date("2026-11-21T00:00:00Z"),
  baselineFrom: new Date("2026-10-21T00:00:00Z"),
};
const folders = [
  { name: "INC-42_7001", uri: "s3://vault/incidents/INC-42/captures/7001/audit-logs/" },
  { name: "INC-42_7002", uri: "s3://vault/incidents/INC-42/captures/7002/audit-logs/" },
];
const QUESTIONS: Question[] = [
  { kind: "overview", signs: SIGNS },
  { kind: "user", value: "o'neil@example.com" },
  { kind: "tool", value: "export" },
  { kind: "session", value: "s" },
];

describe.each(QUESTIONS)("$kind", (question) => {
  const sql = athenaSql(layout, question, span, folders);

  test("a table over each capture's records, and each query word for word over the same columns", () => {
    for (const { uri } of folders) expect(sql).toContain(`LOCATION '${uri}'`);
    for (const query of queriesFor(question, span)) expect(sql).toContain(query.sql.replace(/^WITH /, ""));
    expect(sql).toContain(`json_extract_scalar(line, '$["timestamp"]')`);
    expect(sql).toContain(
      "SELECT line FROM firebreak_inc_42_7001 UNION ALL SELECT line FROM firebreak_inc_42_7002",
    );
  });

  test("says nothing that only one of the two engines understands", () => {
    for (const { sql: one } of queriesFor(question, span)) {
      expect(one).not.toMatch(/::|TRY_CAST|epoch\(|isodow|day_of_week|to_unixtime|TIMESTAMPTZ/i);
      // Trino divides whole numbers to whole numbers, and decimals to few digits: every divisor is a double.
      const divisors = [...one.matchAll(/\/ (\S+)/g)].map(([, divisor = ""]) => divisor.replace(/\)+$/, ""));
      expect(divisors.filter((divisor) => !/^[\d.]+e0$/.test(divisor))).toEqual([]);
    }
  });
});

test("a quote in a value cannot end it", () => {
  expect(athenaSql(layout, { kind: "user", value: "o'neil" }, span, folders)).toContain(`lower('o''neil')`);
});
