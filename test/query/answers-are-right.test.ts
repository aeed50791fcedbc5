import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../../drill/random.ts";
import { type Answer, answer } from "../../src/query/answer.ts";
import { ingest } from "../../src/query/ingest.ts";
import type { AuditObject } from "../../src/query/objects.ts";
import type { Question } from "../../src/query/questions.ts";
import { layoutOf, withEngine } from "../../src/query/workspace.ts";
import { SIGNS } from "../../src/runbook/query-schema.ts";
import { ndjson } from "../support/audit-records.ts";
import { ownRunbook } from "../support/incident.ts";
import {
  type Asked,
  type Call,
  callsOf,
  callsOffHours,
  errorSpikes,
  newUsers,
  offHours,
  type Row,
  volume,
} from "../support/query-oracle.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USERS = ["ana", "bo", "cy", "di", "eve", null];
const TOOLS = ["get_record", "run_query", "export_report", null];

/** Calls at random, more and worse ones towards the end, some to the millisecond on the edges that matter. */
function randomCalls(seed: number, asked: Asked): Call[] {
  const random = createRandom(seed);
  const one = (ms: number): Call => {
    const late = ms >= asked.from;
    const user = USERS[random.integer(0, late ? 5 : 3)] ?? null;
    const timestamp = new Date(ms).toISOString();
    return {
      // The same moment, spelled with the clock of another place.
      timestamp: random.next() < 0.2 ? timestamp.replace("Z", "+00:00") : timestamp,
      user,
      tool: TOOLS[random.integer(0, 3)] ?? null,
      session: random.next() < 0.1 ? null : `s${random.integer(1, 9)}`,
      outcome:
        random.next() < (late ? 0.4 : 0.05) ? (["error", "denied"][random.integer(0, 1)] ?? null) : "success",
    };
  };
  const span = asked.to - asked.baselineFrom;
  const before = Array.from({ length: 700 }, () =>
    one(asked.baselineFrom + random.integer(-DAY_MS, span - DAY_MS)),
  );
  const late = Array.from({ length: 260 }, () => one(asked.to - random.integer(1, 30 * HOUR_MS)));
  const day = Math.floor(asked.to / DAY_MS) * DAY_MS;
  const edges = [asked.from, asked.to, asked.baselineFrom, asked.to - DAY_MS, asked.from - DAY_MS]
    .concat([5, 6, 16, 17].flatMap((hour) => [day + hour * HOUR_MS, day - 7 * DAY_MS + hour * HOUR_MS]))
    .flatMap((edge) => [edge - 1, edge, edge + 1])
    .map(one);
  return [...before, ...late, ...edges];
}

interface Answered {
  found: Answer;
  rows: Record<string, Row[]>;
}

async function ask(calls: readonly Call[], asked: Asked, questions: Question[]): Promise<Answered[]> {
  const layout = { ...layoutOf(ownRunbook()), timeZone: asked.zone };
  const bodies = [calls.slice(0, 300), calls.slice(300)].map((some) => Buffer.from(ndjson(some)));
  const objects: AuditObject[] = bodies.map((body, index) => {
    const sha256 = createHash("sha256").update(body).digest("hex");
    return { bucket: "b", key: String(index), versionId: null, size: body.byteLength, sha256 };
  });
  const s3 = {
    send: async ({ input }: { input: { Key: string } }) => ({
      Body: Readable.from([bodies[Number(input.Key)]]),
    }),
  } as unknown as S3Client;
  const deps = {
    s3,
    clock: { now: () => new Date(), sleep: async () => {} },
    log: { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} },
  };
  const span = {
    from: new Date(asked.from),
    to: new Date(asked.to),
    baselineFrom: new Date(asked.baselineFrom),
  };
  return withEngine("actions/query-audit-logs/engine", async (engine, folder) => {
    const read = await ingest(deps, engine, folder, layout, objects);
    expect(read).toMatchObject({ records: calls.length, unreadable: 0, gaps: [] });
    const answers: Answered[] = [];
    for (const question of questions) {
      const found = await answer(engine, folder, question, span, read);
      const rows = Object.fromEntries(found.tables.map(({ name, file }) => [name, csvRows(file)]));
      answers.push({ found, rows });
    }
    return answers;
  });
}

/** Of a CSV file without quotes or line ends in its cells. */
function csvRows(file: string): Row[] {
  const [, ...lines] = readFileSync(file, "utf8").split("\r\n").slice(0, -1);
  return lines.map((line) =>
    line.split(",").map((cell) => {
      if (cell.startsWith('"')) return cell.slice(1, -1);
      return cell === "" ? null : cell === "true" ? true : cell === "false" ? false : Number(cell);
    }),
  );
}

const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();

const ZONES = ["Europe/Copenhagen", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];
// The clocks of Copenhagen go back on 25 October 2026 and forward on 28 March; of New York on 1 November and 8 March.
const ENDS = ["2026-10-27T09:41:07.123Z", "2026-11-03T00:00:00.000Z", "2026-03-30T17:00:00.000Z"];
const CASES = ZONES.flatMap((zone) => ENDS.map((end) => [zone, end] as const));

describe.each(CASES)("on the clocks of %s, up to %s", (zone, end) => {
  const to = Date.parse(end);
  const long = { from: to - 24 * HOUR_MS, to, baselineFrom: to - 31 * DAY_MS, zone };
  const week = { ...long, from: to - 7 * DAY_MS, baselineFrom: to - 20 * DAY_MS };

  test.each([
    ["a day against a month", long],
    ["a week against two", week],
  ])("%s: the same rows as worked out record by record", async (_name, asked) => {
    const calls = randomCalls(to % 9973, asked);
    const [answered] = await ask(calls, asked, [{ kind: "overview", signs: SIGNS }]);
    const rows = answered?.rows ?? {};
    expect(sorted(rows["error-spikes"] ?? [])).toEqual(sorted(errorSpikes(calls, asked)));
    expect(sorted(rows["new-users"] ?? [])).toEqual(sorted(newUsers(calls, asked)));
    expect(sorted(rows["off-hours"] ?? [])).toEqual(sorted(callsOffHours(calls, asked)));
    expect(sorted(rows.volume ?? [])).toEqual(sorted(volume(calls, asked)));
    // Something was found, and not everything: the comparison says something.
    for (const table of answered?.found.tables ?? []) expect(table.total).toBeGreaterThan(0);
  });
});

test("the calls of one user, tool and session", async () => {
  const to = Date.parse("2026-10-27T09:41:07.123Z");
  const asked = { from: to - 24 * HOUR_MS, to, baselineFrom: to - 31 * DAY_MS, zone: "Europe/Copenhagen" };
  const calls = randomCalls(5, asked);
  const questions = [
    { kind: "user", value: "ana" },
    { kind: "tool", value: "export_report" },
    { kind: "session", value: "s3" },
  ] as const;
  const answers = await ask(calls, asked, [...questions]);
  for (const [index, { kind, value }] of questions.entries()) {
    const rows = answers[index]?.rows ?? {};
    const wanted = callsOf(calls, asked, kind, value);
    expect(sorted((rows.summary ?? []).map((row) => row.slice(0, 5)))).toEqual(sorted(wanted.summary));
    expect((rows.calls ?? []).map(([time]) => time)).toEqual(wanted.times);
    for (const [time, ...row] of rows.calls ?? [])
      expect(row.at(-1)).toBe(offHours(Date.parse(String(time)), asked.zone));
  }
});

test("the same call in summer and in winter: outside business hours in one of them", () => {
  expect(offHours(Date.parse("2026-10-23T05:30:00Z"), "Europe/Copenhagen")).toBe(false);
  expect(offHours(Date.parse("2026-10-26T05:30:00Z"), "Europe/Copenhagen")).toBe(true);
});

describe("what there is to compare with", () => {
  const to = Date.parse("2026-11-20T12:00:00.000Z");
  const asked = { from: to - 24 * HOUR_MS, to, baselineFrom: to - 31 * DAY_MS, zone: "Europe/Copenhagen" };
  const call = (ms: number, user: string | null, outcome = "success"): Call => {
    return { timestamp: new Date(ms).toISOString(), user, tool: "t", session: "s", outcome };
  };
  const overview = async (calls: Call[]) =>
    (await ask(calls, asked, [{ kind: "overview", signs: SIGNS }]))[0]?.found;
  const table = (found: Answer | undefined, name: string) => found?.tables.find((one) => one.name === name);

  test("begins with the first record that there is, and is no month of silence", async () => {
    const calls = [call(asked.from - 36 * HOUR_MS, "ana"), call(to - HOUR_MS, "ana")];
    const found = await overview(calls);
    expect(found?.baseline).toEqual({ from: "2026-11-18T00:00:00.000Z", days: 1.5 });
    expect(table(found, "volume")).toMatchObject({ unjudged: null, flagged: 0 });
  });

  test("less than a day is too little for calls in 24 hours, and enough for users", async () => {
    const found = await overview([call(asked.from - 5 * HOUR_MS, "ana"), call(to - HOUR_MS, "eve")]);
    expect(table(found, "volume")).toMatchObject({
      unjudged: "the baseline has only 5.0 of the 24 hours that it takes",
      flagged: null,
    });
    expect(table(found, "new-users")).toMatchObject({ flagged: 1 });
  });

  test("nothing before the window: what needs a baseline is not judged", async () => {
    const found = await overview([call(to - HOUR_MS, "eve")]);
    expect(found?.baseline).toBeNull();
    for (const name of ["volume", "new-users"])
      expect(table(found, name)?.unjudged).toBe("there is no baseline to compare with");
  });

  test("errors of calls that name no user are never put down to somebody", async () => {
    const many = Array.from({ length: 30 }, (_, index) => call(to - HOUR_MS + index, null, "denied"));
    const found = await overview([
      ...many,
      call(to - HOUR_MS, "ana", "denied"),
      call(asked.from - DAY_MS, "ana"),
    ]);
    const spikes = table(found, "error-spikes");
    expect(spikes).toMatchObject({ flagged: 1, flaggedUsers: [null] });
    expect(table(found, "new-users")).toMatchObject({ total: 1, flaggedUsers: [null] });
  });

  test("of two users with as many errors each, neither alone makes the spike", async () => {
    const two = ["ana", "eve"].flatMap((user) =>
      Array.from({ length: 4 }, () => call(to - HOUR_MS, user, "denied")),
    );
    const found = await overview([...two, call(asked.from - DAY_MS, "ana")]);
    expect(table(found, "error-spikes")).toMatchObject({ flagged: 1, flaggedUsers: [null] });
  });
});
