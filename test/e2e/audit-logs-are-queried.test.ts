import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { marked } from "marked";
import { type DrillOutcome, drill, filesBelow, lines, readJson, sha256File } from "../support/drill.ts";

const USER = "=cmd|'<img src=x onerror=alert(1)>`@everyone";
const CLI = join(import.meta.dirname, "../../bin/firebreak.mjs");

interface Entry {
  kind: string;
  data: {
    question: { kind: string; value: string | null };
    captures: string[];
    engine: string;
    handedOver?: string;
    records: number;
    unreadable: number;
    gaps: number;
    tables: { name: string; rows: number; flagged: number | null; sha256: string }[];
    keptIn: string | null;
  };
}

interface Manifest {
  items: { source: string; key: string; sha256: string; size: number }[];
  supplements?: { capture: string };
}

async function asExpected(scenario: string): Promise<DrillOutcome> {
  const outcome = await drill(scenario, "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  return outcome;
}

function queries({ out }: DrillOutcome): Entry["data"][] {
  const folder = join(out, "evidence/incidents/INC-1/ledger");
  const entries = filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
  return entries.filter(({ kind }) => kind === "audit-logs-queried").map(({ data }) => data);
}

function comments({ out }: DrillOutcome): string[] {
  const issues = readJson<{ number: number; comments: { body: string }[] }[]>(out, "github/issues.json");
  return issues.find(({ number }) => number === 1)?.comments.map(({ body }) => body) ?? [];
}

/** The audit records of a capture, read from its files. */
function preserved({ out }: DrillOutcome, capture: string): { user: string; timestamp: string }[] {
  const folder = join(out, "evidence/incidents/INC-1/captures", capture, "audit-logs");
  return filesBelow(folder).flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    return lines(text).map((line) => JSON.parse(line) as { user: string; timestamp: string });
  });
}

/** The rows of an answer's table as the capture has it. */
function keptRows({ out }: DrillOutcome, asked: Entry["data"] | undefined, table: string): string[] {
  const file = join(out, `evidence/incidents/INC-1/captures/${asked?.keptIn}/query/${table}.csv`);
  return readFileSync(file, "utf8").split("\r\n").slice(1, -1);
}

test("a user's calls and all signs, from the capture: in the issue, in the ledger, as sealed CSV that verifies", async () => {
  const outcome = await asExpected("query-audit-logs");
  const [user, overview] = queries(outcome);
  expect(user).toMatchObject({
    question: { kind: "user", value: USER },
    engine: "local",
    gaps: 0,
    unreadable: 0,
  });
  const [capture = ""] = user?.captures ?? [];
  const records = preserved(outcome, capture);
  const theirs = records.filter((record) => record.user === USER);
  expect(theirs).toHaveLength(120);
  expect(user?.records).toBe(records.length);
  expect(user?.tables.find(({ name }) => name === "calls")?.rows).toBe(theirs.length);

  // Read back: every table is an item of the supplementary capture, with the ledger's digest.
  for (const asked of [user, overview]) {
    const folder = `incidents/INC-1/captures/${asked?.keptIn}`;
    const manifest = readJson<Manifest>(outcome.out, "evidence", folder, "manifest.json");
    expect(manifest.supplements?.capture).toBe(asked?.captures.at(-1));
    for (const { name, sha256 } of asked?.tables ?? []) {
      const key = `${folder}/query/${name}.csv`;
      expect(manifest.items.find((item) => item.key === key)).toMatchObject({ source: "query", sha256 });
      expect(sha256File(outcome.out, "evidence", key)).toBe(sha256);
    }
  }
  const csv = keptRows(outcome, user, "calls");
  const times = csv.map((row) => row.slice(1, 25));
  const newestFirst = theirs
    .map(({ timestamp }) => new Date(timestamp).toISOString())
    .sort()
    .reverse();
  expect(times).toEqual(newestFirst);
  for (const row of csv) expect(row).toContain(`,"'${USER}",`);

  expect(overview?.tables.find(({ name }) => name === "new-users")).toMatchObject({ rows: 1, flagged: 1 });
  // Whoever else calls much by chance stays below.
  const busiest = keptRows(outcome, overview, "volume").filter((row) => row.endsWith(",true"));
  expect(overview?.tables.find(({ name }) => name === "volume")).toMatchObject({ flagged: 1 });
  expect(busiest).toEqual([expect.stringContaining(`"'${USER}",120,`)]);

  // In the issue the user's name is text, in every table.
  const answers = comments(outcome).filter((body) => body.includes("Audit records of capture"));
  expect(answers).toHaveLength(2);
  for (const answer of answers) {
    expect(answer).toContain("onerror");
    expect(String(marked.parse(answer.replace(/^<!--.*?-->\n/, "")))).not.toMatch(/<img|<a |<script/);
  }
  expect(answers[0]).toContain("**The calls, newest first**: 120; the first 15 are shown");

  // The live bucket was not asked, and nothing was written but to the vault.
  const jobs = outcome.calls.filter(({ job, service }) => job === "query" && service === "s3");
  expect(jobs.filter(({ resource }) => resource.includes("aiconnectors-audit"))).toEqual([]);
  expect(jobs.filter(({ operation }) => operation === "GetObject").length).toBeGreaterThan(100);

  const report = execFileSync(process.execPath, [CLI, "verify", join(outcome.out, "evidence"), "--json"]);
  expect(JSON.stringify(JSON.parse(report.toString()))).toContain(user?.keptIn);
}, 300_000);

test("where the engine cannot be installed: the SQL for Athena in the issue, and the run fails saying so", async () => {
  const outcome = await asExpected("query-without-engine");
  expect(queries(outcome)).toMatchObject([
    { engine: "athena", handedOver: "no-engine", keptIn: null, tables: [] },
  ]);
  const said = comments(outcome).find((body) => body.includes("Not answered here")) ?? "";
  expect(said).toContain("/captures/17000000001/audit-logs/';");
  expect(said).toContain("lower('o''neil@example.com')");
  const captures = filesBelow(join(outcome.out, "evidence/incidents/INC-1/captures"));
  expect(captures.filter((file) => file.includes("/query/"))).toEqual([]);
  const triage = join(outcome.out, "summaries/2-triage.md");
  expect(existsSync(triage)).toBe(true);
  expect(readFileSync(triage, "utf8")).toMatch(
    /Not answered here[\s\S]*CREATE EXTERNAL TABLE[\s\S]*gh workflow run incident\.yml/,
  );
}, 300_000);
