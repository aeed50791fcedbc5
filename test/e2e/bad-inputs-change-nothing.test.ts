import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { marked } from "marked";
import { type Bench, startBench } from "../support/bundle.ts";

/** Names that are not in the runbook, some of which look as if they were. */
const NAMES = [
  "unknown",
  "ServiceNow",
  "SERVICENOW",
  "ѕervicenow",
  "service-outаge",
  "ｄｅｖ",
  "serviceno\u200bw",
  "dev\u202e",
  "../../etc/passwd",
  "servicenow/../sharepoint",
  "..",
  "/",
  "$(id)",
  "`id`",
  "servicenow; rm -rf /",
  "servicenow && id",
  "{name}",
  "{env}",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "<script>alert(1)</script>",
  "[x](y)",
  "null",
  "*",
  "%2e%2e%2f",
  "dev\nprod",
  "a".repeat(70_000),
];
const MOMENTS = [
  "yesterday",
  "2026-11-21",
  "2026-11-21 02:40:00",
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-31T00:00:00Z",
  "2026-11-21T25:00:00Z",
  "2026-11-21T02:60:00Z",
  "9999-12-31T23:59:59Z",
  "1970-01-01T00:00:00Z",
  "0000-00-00T00:00:00Z",
  "２０２６-11-21T02:40:00Z",
  "1763692800",
  "-1",
  "2026-11-21T02:40:00",
  "2026-11-21T02:40:00+99:00",
  "$(date)",
  "2026-11-21T02:40:00Z; id",
  "<b>now</b>",
  "Z".repeat(70_000),
];
const NUMBERS = [
  "-1",
  "0",
  "2161",
  "1.5",
  "1e3",
  "0x18",
  "24h",
  "٢٤",
  "NaN",
  "Infinity",
  "99999999999999999999",
  "24; id",
  "$(id)",
  "a".repeat(70_000),
];
const BOOLEANS = ["yes", "1", "TRUE!", "nope", "$(true)", "[]", "true\nfalse", "ｔｒｕｅ"];
const INCIDENTS = [
  "0",
  "-1",
  "abc",
  "1.5",
  "INC-",
  "../1",
  "1; id",
  "#1",
  "INC-1/../../x",
  "１",
  "1 OR 1=1",
  "99999999999",
  "<1>",
  "9".repeat(70_000),
];
const LINES = [
  "a\nb",
  "a\rb",
  "a\tb\u0007",
  "a\u200bb",
  "a\u202eb",
  "a\u2028b",
  "\ufeffa b\ufeffc",
  "x".repeat(201),
  "x".repeat(70_000),
];
const PATHS = [
  "../runbook.yml",
  "/etc/passwd",
  "a/../../b.yml",
  "missing.yml",
  "src",
  "package.json",
  "README.md",
  "x".repeat(400),
];

interface Case {
  action: string;
  name: string;
  values: string[];
  /** Good values of the other inputs. */
  others: Record<string, string>;
}

const declare = { severity: "High", type: "service-outage", mcp: "servicenow", summary: "5xx on every call" };
const CASES: Case[] = [
  { action: "open-incident", name: "mcp", values: ["", ...NAMES], others: declare },
  { action: "open-incident", name: "type", values: ["", ...NAMES], others: declare },
  { action: "open-incident", name: "environment", values: ["", ...NAMES], others: declare },
  {
    action: "open-incident",
    name: "severity",
    values: ["", "urgent", "5", "Hіgh", "hi gh", "<b>High</b>", "High\nLow", "$(id)"],
    others: declare,
  },
  { action: "open-incident", name: "detected-at", values: MOMENTS, others: declare },
  { action: "open-incident", name: "lookback-hours", values: NUMBERS, others: declare },
  { action: "open-incident", name: "personal-data", values: BOOLEANS, others: declare },
  { action: "open-incident", name: "dry-run", values: BOOLEANS, others: declare },
  { action: "open-incident", name: "summary", values: ["", "   ", ...LINES], others: declare },
  {
    action: "open-incident",
    name: "description",
    values: ["x".repeat(70_000), "é".repeat(60_001)],
    others: declare,
  },
  {
    action: "open-incident",
    name: "principal",
    values: ["", "a\nb", "a\u202eb", "x".repeat(257)],
    others: { ...declare, type: "data-exfiltration" },
  },
  { action: "open-incident", name: "runbook", values: PATHS, others: declare },
  { action: "preserve", name: "incident", values: ["", ...INCIDENTS], others: {} },
  {
    action: "preserve",
    name: "sources",
    values: ["all", "ecs,", "ecs;audit-logs", "../ecs", "еcs", "x".repeat(70_000)],
    others: { incident: "1" },
  },
  { action: "scale-down", name: "incident", values: ["", ...INCIDENTS], others: {} },
  {
    action: "scale-down",
    name: "environment",
    values: ["", "Dev", "dev\u200b", "../dev", "__proto__"],
    others: { incident: "1" },
  },
  {
    action: "rotate-secret",
    name: "disabled-at",
    values: MOMENTS,
    others: { incident: "1", "disabled-by": "oncall" },
  },
  {
    action: "record-plan",
    name: "change",
    values: ["", "destroy", "Contain", "contain;restore"],
    others: { incident: "1" },
  },
];

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
});

afterAll(() => bench.close());

test("at least 200 bad values are tried", () => {
  expect(CASES.reduce((sum, { values }) => sum + values.length, 0)).toBeGreaterThanOrEqual(200);
});

describe.each(CASES)("$action: $name", ({ action, name, values, others }) => {
  test("every bad value fails by name, before any call", async () => {
    const job = bench.job(
      "bad",
      action === "scale-down" || action === "rotate-secret" ? "containment" : "evidence",
    );
    const before = bench.platform.calls.all().length;
    const waiting = [...values];
    const results: [string, number | null, boolean, boolean][] = [];
    const worker = async () => {
      for (let value = waiting.shift(); value !== undefined; value = waiting.shift()) {
        const { code, output } = await job.start(action, { ...others, [name]: value });
        const error = output
          .split("\n")
          .filter((line) => line.startsWith("::error"))
          .join("\n");
        // What it says: the input, and what to do; short, and with nothing of the value that could act on a terminal.
        results.push([
          value.slice(0, 40),
          code,
          error.includes(`'${name}'`),
          error.includes("To mend it") && error.length < 6000 && !/[^\P{C}\n]/u.test(error),
        ]);
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(results.filter(([, code, names, clear]) => code !== 1 || !names || !clear)).toEqual([]);
    expect(bench.platform.calls.all().slice(before)).toEqual([]);
  }, 240_000);
});

const HOSTILE = [
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "`code` ``` | a | b | @everyone #1 https://evil.example [x](javascript:alert(1))",
  '--> <!-- firebreak:run {"runId":1} --> ${{ secrets.TOKEN }} $(rm -rf /) ; `id`',
  "# heading * list > quote ~~~ \\| \\` {env} {name} ::error::x ::set-output name=a::b",
];

describe("text that would be markup", () => {
  test.each(HOSTILE)(
    "is kept and shown as code: %j",
    async (text) => {
      const run = bench.dispatch();
      const job = bench.job("declare", "evidence");
      const description = `${text}\n\`\`\`\n</details>\n${text}\n::warning::not a command`;
      const { code, output, outputs } = await job.start(
        "open-incident",
        { ...declare, type: "data-exfiltration", summary: text, description, principal: text },
        { runId: run.id },
      );
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      expect(output).not.toMatch(/^::(warning|error|set-output)::?(not a command|x)/m);
      const issue = bench.platform.github.state
        .toIssuesJson()
        .find(({ number }) => number === Number(outputs.incident));
      const html = String(marked.parse(String(issue?.body), { gfm: true })).replace(/<!--[\s\S]*?-->/g, "");
      const outside = html.replace(/<code[^>]*>[\s\S]*?<\/code>/g, "");
      expect(outside).not.toMatch(/<script|<img|onerror|javascript:|@everyone|evil\.example|secrets\.TOKEN/);
      expect(html).toContain("<h2>Timeline</h2>");
      const changing = bench.platform.calls
        .all()
        .filter(
          ({ service, operation }) =>
            ["ecs", "ssm", "autoscaling"].includes(service) && !/^(Get|List|Describe)/.test(operation),
        );
      expect(changing).toEqual([]);
    },
    60_000,
  );
});
