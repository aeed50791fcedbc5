import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { marked } from "marked";
import { InputReader } from "../../src/actions/inputs.ts";
import { readInputs } from "../../src/actions/query-audit-logs/inputs.ts";
import { run } from "../../src/actions/query-audit-logs/run.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { readManifest } from "../../src/evidence/manifest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { auditKey } from "../support/audit-records.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(async () => {
  await platform.close();
});

const record = (more: object) => ({
  timestamp: new Date(platform.clock.now() - 60_000).toISOString(),
  user: "ana@example.com",
  tool: "probe",
  session: "s",
  outcome: "success",
  ...more,
});
const line = (more: object) => JSON.stringify(record(more));

function seed(name: string, body: string | Buffer): void {
  platform.server.s3.seedObject(target.auditBucket, auditKey(platform.clock.now(), name), body);
}

async function ask(given: Record<string, string>) {
  const incident = await platform.declare();
  await preserve(platform.deps(), incident, ["audit-logs"]);
  const all = { incident: "42", environment: "dev", "github-token": "t", ...given };
  const env = Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const outputs = await run(
    readInputs(new InputReader(Object.fromEntries(env))),
    platform.deps({ runId: 9001 }),
  );
  const entry = (await platform.open()).latest("audit-logs-queried")?.data;
  return { outputs, entry, comment: platform.comments.at(-1) ?? "" };
}

const TEXTS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a | b ` c `` d \\| e",
  "@everyone see #1 https://evil.example [x](javascript:alert(1))",
  "--> </details> <!--",
  "one\ntwo\r\n# heading\n| x |",
  "\u202Egnp.exe\u200B\u0000\u001b[31m",
  '=HYPERLINK("https://evil.example")',
  "::error::no\n::set-output name=x::y",
  "'; DROP TABLE calls; --",
];

test("Markdown, HTML, line breaks and commands in every field: code in the issue, text in the CSV", async () => {
  seed(
    "a.ndjson",
    TEXTS.map((text) => `${line({ user: text, session: text, outcome: text, request: text })}\n`).join(""),
  );
  const { outputs, comment } = await ask({ question: "tool", value: "probe" });
  expect(outputs.records).toBe(String(TEXTS.length));
  const html = String(marked.parse(comment.replace(/^<!--.*?-->\n/, ""), { gfm: true }));
  expect(html).not.toMatch(/<script|<img|<a |<h1|<details|<!--/);
  const [summary, calls] = html.split("</table>").map((table) => [...table.matchAll(/<tr>(.*?)<\/tr>/gs)]);
  expect(summary).toHaveLength(1 + TEXTS.length);
  expect(calls).toHaveLength(1 + TEXTS.length);
  for (const [, row = ""] of calls ?? []) expect(row.match(/<t[dh]>/g)).toHaveLength(8);
  for (const printed of platform.printed) expect(printed).not.toContain("::error::");

  const sealed = await readManifest(platform.vault, "INC-42", outputs["kept-in"] ?? "");
  const key = sealed?.manifest.items.find((item) => item.key.endsWith("/calls.csv"))?.key ?? "";
  const csv = (await readObject(platform.vault, key))?.toString() ?? "";
  expect(csv).not.toMatch(/(^|,)"?[=+@\t]/m);
});

test("what is no record is counted, and costs the others nothing", async () => {
  const good = (user: string) => line({ user });
  const unreadable = [
    "not json",
    "{",
    '{"user":"ana@example.com","timestamp":',
    `{"user":"ana@example.com","timestamp":"soon"}`,
    `{"user":"ana@example.com"}`,
    "[1,2]",
    `"${"x".repeat(9000)}"`,
    `{"a":${"[".repeat(50_000)}`,
    `${good("two in a line")}${good("two in a line")}`,
  ];
  const text = unreadable.flatMap((bad, index) => [good(`good${index}`), bad]).join("\n");
  seed("a.ndjson", `\ufeff${text}\n\n\r\n`);
  seed(
    "broken-utf8.ndjson",
    Buffer.concat([Buffer.from('{"user":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
  );
  seed("no-end.ndjson", good("unfinished line"));
  seed("crlf.ndjson", `${good("crlf")}\r\n${good("crlf")}\r\n`);
  seed("empty.ndjson", "");
  const { outputs, entry, comment } = await ask({ question: "tool", value: "probe" });
  expect(outputs.records).toBe(String(unreadable.length + 3));
  expect(entry).toMatchObject({ records: unreadable.length + 3, unreadable: unreadable.length + 1, gaps: 0 });
  expect(comment).toContain(`${unreadable.length + 1} records have no readable time`);
});

test("fields of a megabyte, read or not, are short in the answer, and their records count", async () => {
  const huge = "u".repeat(1024 * 1024);
  seed("a.ndjson", [line({ request: huge }), line({ other: huge }), line({ user: huge })].join("\n"));
  const { outputs, comment } = await ask({ question: "tool", value: "probe" });
  expect(outputs.records).toBe("3");
  expect(comment.length).toBeLessThan(5000);
});

test("characters that are written out cannot make the comment longer than GitHub takes", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => {
    const text = `${String.fromCodePoint(0xe0100).repeat(90)}${index}`;
    return line({ user: text, session: text, outcome: text, request: text, source_ip: text });
  });
  seed("a.ndjson", rows.join("\n"));
  const { comment } = await ask({ question: "tool", value: "probe" });
  expect(comment).toContain("**The calls, newest first**: 40; the first 15 are shown");
  expect(comment.length).toBeLessThan(65_536);
});

describe("packed objects", () => {
  test("are read whatever they are called, several members long, beside plain ones", async () => {
    const packed = Buffer.concat([gzipSync(`${line({})}\n`), gzipSync(`${line({})}\n${line({})}`)]);
    seed("a.ndjson.gz", packed);
    seed("b.ndjson", packed);
    seed("c.ndjson", `${line({})}\n`);
    const { outputs } = await ask({ question: "tool", value: "probe" });
    expect(outputs.records).toBe("7");
  });

  test("one that is broken is a gap by its name, and the others are answered from", async () => {
    seed("broken.ndjson.gz", gzipSync(`${line({})}\n`.repeat(1000)).subarray(0, -20));
    seed("c.ndjson", `${line({})}\n`);
    const { outputs, entry, comment } = await ask({ question: "tool", value: "probe" });
    expect(outputs.records).toBe("1");
    expect(entry?.gaps).toBe(1);
    expect(comment).toMatch(/1 objects could not be read[\s\S]*broken\.ndjson\.gz.*packed/);
  });
});

test("a time beyond all calendars costs the records beside it nothing", async () => {
  const times = ["294247-01-10T00:00:00Z", "-290000-01-01T00:00:00Z", "infinity", "-infinity"];
  const lines = [...times.map((timestamp) => line({ timestamp })), line({ user: "eve@example.com" })];
  seed("a.ndjson", lines.join("\n"));
  const { comment } = await ask({ question: "user", value: "eve@example.com" });
  expect(comment).toContain("**The calls, newest first**: 1");
  expect(comment).toContain("4 records have no readable time");
  expect(comment).not.toContain("could not be read");
});
