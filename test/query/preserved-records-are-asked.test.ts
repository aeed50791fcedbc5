import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { InputReader } from "../../src/actions/inputs.ts";
import { readInputs } from "../../src/actions/query-audit-logs/inputs.ts";
import { run } from "../../src/actions/query-audit-logs/run.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { readManifest } from "../../src/evidence/manifest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { S3Store } from "../../src/verify/s3-store.ts";
import { verify } from "../../src/verify/verify.ts";
import { attackOf, auditKey, ndjson, seedOrdinary } from "../support/audit-records.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const DAY_MS = 86_400_000;
const MALLORY = 'mallory"|`=cmd()@example.com';

let platform: PreservePlatform;

beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(async () => {
  await platform.close();
});

const inputsOf = (more: Record<string, string> = {}) => {
  const given = { incident: "42", environment: "dev", "github-token": "t", ...more };
  return readInputs(
    new InputReader(
      Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    ),
  );
};
const ask = (more: Record<string, string> = {}) => run(inputsOf(more), platform.deps({ runId: 9001 }));

/** Preserves what is in the audit bucket now, with a window of so many days. */
async function preserveDays(days: number): Promise<void> {
  platform.facts.window.from = new Date(platform.clock.now() - days * DAY_MS).toISOString();
  const record = await platform.declare();
  await preserve(platform.deps(), record, ["audit-logs"]);
}

function attack(calls: number, user = MALLORY, name = "attack.ndjson"): void {
  const now = platform.clock.now();
  platform.server.s3.seedObject(target.auditBucket, auditKey(now, name), ndjson(attackOf(user, calls, now)));
}

const changing = () =>
  platform.operations().filter((operation) => /^(Put|Create|Copy|Upload|Complete|Delete)/.test(operation));

test("a month is asked for signs: the attack is found in four ways, escaped in the issue, and in the ledger", async () => {
  const ordinary = seedOrdinary(platform, 31);
  attack(60);
  await preserveDays(31);
  const outputs = await ask();
  expect(outputs).toMatchObject({ engine: "local", records: String(ordinary + 60) });
  expect(Number(outputs.flagged)).toBeGreaterThanOrEqual(3);

  const comment = platform.comments.at(-1) ?? "";
  expect(comment).toMatch(/Errors by the hour\*\*: [12], [12] out of the ordinary/);
  expect(comment).toContain("**Users never seen before**: 1, 1 out of the ordinary");
  expect(comment).toMatch(/Calls in 24 hours, by user\*\*: \d, 1 out of the ordinary/);
  expect(comment).toMatch(/Compared with the (29|30)\.\d days before/);
  // The name stands in code, its pipe and its backtick tamed.
  expect(comment).toContain('`` mallory"\\|`=cmd()@example.com ``');

  const entry = (await platform.open()).latest("audit-logs-queried")?.data;
  expect(entry).toMatchObject({
    question: { kind: "overview", value: null },
    engine: "local",
    records: ordinary + 60,
    unreadable: 0,
    gaps: 0,
  });
  expect(entry?.keptIn).toBe(outputs["kept-in"]);
  expect(entry?.tables.find(({ name }) => name === "new-users")).toMatchObject({ rows: 1, flagged: 1 });
});

test("the answer's tables are sealed beside the evidence, every row, harmless to a spreadsheet; asked again, the same", async () => {
  attack(20, "=cmd()");
  await preserveDays(1);
  const given = { question: "user", value: "=cmd()" };
  const outputs = await ask(given);
  expect(await ask(given)).toMatchObject({ "kept-in": outputs["kept-in"] });

  const record = await platform.open();
  expect(record.all("audit-logs-queried")).toHaveLength(1);
  const sealed = await readManifest(platform.vault, "INC-42", outputs["kept-in"] ?? "");
  expect(sealed?.manifest).toMatchObject({ complete: true, supplements: { capture: "7001" } });
  expect(sealed?.manifest.sources).toMatchObject([
    {
      source: "query",
      status: "complete",
      question: { kind: "user", value: "=cmd()" },
      asked: [{ capture: "7001" }],
    },
  ]);
  const item = sealed?.manifest.items.find(({ key }) => key.endsWith("/query/calls.csv"));
  expect(item).toMatchObject({ source: "query", method: "stream", detail: { rows: 20 } });
  const text = (await readObject(platform.vault, item?.key ?? ""))?.toString() ?? "";
  expect(text.split("\r\n")).toHaveLength(22);
  expect(text).not.toMatch(/(^|,)"?=/m);
  expect(text).toContain(`"'=cmd()"`);
  // The capture that was added holds no audit records: the next question asks the same ones.
  expect(await run(inputsOf(given), platform.deps({ runId: 9002 }))).toMatchObject({ records: "20" });

  const store = new S3Store(platform.aws.s3, target.vault, () => new Date(platform.clock.now()));
  const report = await verify(store, "vault", ["INC-42"], new Date(platform.clock.now()));
  expect(report.incidents.flatMap(({ problems }) => problems)).toEqual([]);
});

test("asks the capture and never the live bucket: what came or changed since is in no answer", async () => {
  attack(3);
  await preserveDays(1);
  attack(50, "late@example.com", "late.ndjson");
  const before = platform.calls.all().length;
  const outputs = await ask({ question: "user", value: MALLORY });
  expect(outputs.records).toBe("3");
  const since = platform.calls.all().slice(before);
  expect(since.filter((call) => JSON.stringify(call).includes(target.auditBucket))).toEqual([]);
});

test("a user's calls, one by one, with what is no record counted", async () => {
  const now = platform.clock.now();
  const text = `${ndjson(attackOf("ana@example.com", 20, now))}not json\n{"user":"ana@example.com","timestamp":"soon"}\n`;
  platform.server.s3.seedObject(target.auditBucket, auditKey(now, "a.ndjson"), text);
  await preserveDays(1);
  const outputs = await ask({ question: "user", value: "ana@example.com" });
  expect(outputs).toMatchObject({ records: "20", flagged: "0" });
  const comment = platform.comments.at(-1) ?? "";
  expect(comment).toContain("**The calls, newest first**: 20; the first 15 are shown");
  expect(comment).toContain("2 records have no readable time");
  expect(comment).toContain("There is no record of before");
});

test("an overwritten object's records count once, and what was overwritten is not lost", async () => {
  const now = platform.clock.now();
  const records = attackOf("ana@example.com", 4, now);
  const key = auditKey(now, "a.ndjson");
  platform.server.s3.seedObject(target.auditBucket, key, ndjson(records));
  platform.server.s3.seedObject(target.auditBucket, key, ndjson(records.slice(0, 1)));
  await preserveDays(1);
  expect(await ask({ question: "session", value: "s-attack" })).toMatchObject({ records: "4" });
});

test("an item that is not there any more is a gap by its name, with what the others say", async () => {
  attack(5);
  attack(7, "ana@example.com", "b.ndjson");
  await preserveDays(1);
  const original = platform.aws.s3.send.bind(platform.aws.s3);
  platform.aws.s3.send = (async (command: { constructor: { name: string }; input: { Key?: string } }) => {
    if (command.constructor.name === "GetObjectCommand" && command.input.Key?.endsWith("/b.ndjson"))
      throw Object.assign(new Error("The specified version does not exist."), { name: "NoSuchVersion" });
    return original(command as never);
  }) as never;
  expect(await ask()).toMatchObject({ records: "5" });
  expect(platform.comments.at(-1)).toMatch(
    /\*\*1 objects could not be read:\*\*\s+- ` s3:\/\/\S+\/b\.ndjson `: ` is not there `/,
  );
  expect((await platform.open()).latest("audit-logs-queried")?.data.gaps).toBe(1);
});

describe("nothing is answered", () => {
  test("from an object that is not what was sealed", async () => {
    attack(5);
    await preserveDays(1);
    const original = platform.aws.s3.send.bind(platform.aws.s3);
    // The same size, another digest: what a tampering of the storage would look like.
    platform.aws.s3.send = (async (command: { constructor: { name: string }; input: { Key?: string } }) => {
      const answer = (await original(command as never)) as { Body?: AsyncIterable<Buffer> };
      if (command.constructor.name !== "GetObjectCommand" || !command.input.Key?.includes("/audit-logs/"))
        return answer;
      const chunks: Buffer[] = [];
      for await (const chunk of answer.Body ?? []) chunks.push(Buffer.from(chunk));
      const text = Buffer.concat(chunks).toString().replace("denied", "allowd");
      return { ...answer, Body: Readable.from([Buffer.from(text)]) };
    }) as never;
    await expect(ask()).rejects.toMatchObject({ reason: "evidence-altered" });
    expect((await platform.open()).latest("audit-logs-queried")).toBeUndefined();
  });

  test("without a sealed capture", async () => {
    await platform.declare();
    await expect(ask()).rejects.toMatchObject({ reason: "no-capture" });
  });

  test("without the engine: the SQL for Athena is handed over, and the step fails saying how to install it", async () => {
    attack(1);
    await preserveDays(1);
    expect(() => inputsOf({ engine: "../nowhere" })).toThrow(/'engine' leads out of the repository/);
    const deps = platform.deps({ workspace: "/", runId: 9001 });
    const inputs = { ...inputsOf({ engine: "nowhere" }), runbook: `${process.cwd()}/runbook.yml` };
    await expect(run(inputs, deps)).rejects.toMatchObject({
      reason: "no-engine",
      remedy: expect.stringContaining("npm ci"),
    });
    for (const said of [platform.comments.at(-1), platform.summaries.at(-1)]) {
      expect(said).toContain("**Not answered here.** The query engine @duckdb/node-api is not installed");
      expect(said).toContain("CREATE EXTERNAL TABLE IF NOT EXISTS firebreak_inc_42_7001 (line string)");
    }
    const handedOver = (await platform.open()).latest("audit-logs-queried")?.data;
    expect(handedOver).toMatchObject({ engine: "athena", handedOver: "no-engine", keptIn: null, tables: [] });
    // The same run again, with the engine: answered.
    expect(await ask()).toMatchObject({ engine: "local", records: "1" });
    expect((await platform.open()).latest("audit-logs-queried")?.data).toMatchObject({ engine: "local" });
  });

  test.each([
    [{ question: "tool" }, /'value' is missing/],
    [{ value: "x" }, /'value' is given with the question overview/],
    [{ capture: "1" }, /'capture' is no sealed capture/],
  ])("for junk: %j", async (given, message) => {
    attack(1);
    await preserveDays(1);
    const before = changing().length;
    await expect(ask(given)).rejects.toThrow(message);
    expect(changing()).toHaveLength(before);
  });
});

test("more than the runbook allows, once unpacked: the SQL for Athena over the capture's folder, and nothing kept", async () => {
  attack(3);
  await preserveDays(1);
  const folder = await mkdtemp(join(tmpdir(), "runbook-"));
  const path = join(folder, "runbook.yml");
  const text = (await readFile("runbook.yml", "utf8")).replace(/(local_up_to_gigabytes:) 10/, "$1 1");
  await writeFile(path, text);
  const original = platform.aws.s3.send.bind(platform.aws.s3);
  const piece = Buffer.alloc(64 * 1024 * 1024, "x");
  platform.aws.s3.send = (async (command: { constructor: { name: string }; input: { Key?: string } }) => {
    if (command.constructor.name === "GetObjectCommand" && command.input.Key?.endsWith("/attack.ndjson"))
      return { Body: Readable.from(Array(17).fill(piece)) };
    return original(command as never);
  }) as never;
  try {
    const given = { ...inputsOf({ question: "user", value: "o'neil" }), runbook: path };
    const outputs = await run(given, platform.deps({ runId: 9001 }));
    expect(outputs).toEqual({ engine: "athena", "kept-in": "" });
    const comment = platform.comments.at(-1) ?? "";
    expect(comment).toContain("more bytes of audit records than `query.local_up_to_gigabytes`");
    expect(comment).toContain(
      "LOCATION 's3://nn-aiconnectors-vault-dev/incidents/INC-42/captures/7001/audit-logs/'",
    );
    expect(comment).toContain("lower('o''neil')");
    const entry = (await platform.open()).latest("audit-logs-queried")?.data;
    expect(entry).toMatchObject({ engine: "athena", handedOver: "too-large", keptIn: null, records: 0 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a dry run reads no record and changes nothing", async () => {
  attack(1);
  await preserveDays(1);
  const [before, calls] = [changing().length, platform.calls.all().length];
  expect(await ask({ "dry-run": "true" })).toEqual({});
  expect(changing()).toHaveLength(before);
  expect(
    platform.calls
      .all()
      .slice(calls)
      .filter((call) => JSON.stringify(call).includes("/audit-logs/")),
  ).toEqual([]);
});
