import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkRunbook, formatProblem } from "../../src/runbook/check.ts";

const RUNBOOK = readFileSync(join(import.meta.dirname, "..", "..", "runbook.yml"), "utf8");

/** The runbook with one passage replaced, which must be there exactly once. */
function edited(passage: string, replacement: string): string {
  expect(RUNBOOK.split(passage)).toHaveLength(2);
  return RUNBOOK.replace(passage, () => replacement);
}

/** Line and column, counted from 1, of a passage that stands once in a text. */
function placeOf(text: string, passage: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(passage)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

test("the runbook of this repository has no errors", () => {
  expect(checkRunbook(RUNBOOK)).toMatchObject({ errors: [], runbook: { schema: "firebreak/runbook/v1" } });
});

describe("one error, at its line and column, with what to write", () => {
  test.each([
    {
      name: "a row of alerts that the detection tables do not have",
      text: edited("{ row: github-security, severity: high,", "{ row: github-tab, severity: high,"),
      at: "github-tab",
      path: "intake.alerts.secret.row",
      write: "github-security",
    },
    {
      name: "a type of alerts that there is not",
      text: edited(
        "{ row: github-security, type: service-outage }",
        "{ row: github-security, type: a-flaw }",
      ),
      at: "a-flaw",
      path: "intake.alerts.code.type",
      write: "service-outage",
    },
    {
      name: "one word where alerts are told apart",
      text: edited("code: { row: github-security, type: service-outage }", "code: any-row"),
      at: "any-row",
      path: "intake.alerts.code",
      write: "a map with the keys row",
    },
    {
      name: "an unknown key, at the key",
      text: edited("default_lookback_hours: 24", "default_lookback_hours: 24\n  lookback: 3"),
      at: "lookback: 3",
      path: "evidence.lookback",
      write: "default_lookback_hours",
    },
    {
      name: "an unknown key at the top",
      text: `${RUNBOOK}colour: red\n`,
      at: "colour: red",
      path: "colour",
      write: "organisation",
    },
    {
      name: "text where a number belongs",
      text: edited("business_days: 5", "business_days: five"),
      at: "five\n",
      path: "review.business_days",
      write: "type integer",
    },
    {
      name: "a severity that does not exist",
      text: edited("review:\n  from: medium", "review:\n  from: severe"),
      at: "severe",
      path: "review.from",
      write: "one of critical, high, medium, low",
    },
    {
      name: "a placeholder that means nothing here",
      text: edited("service: aiconnectors-{name}-{env}", "service: aiconnectors-{mcp}-{env}"),
      at: "aiconnectors-{mcp}-{env}",
      path: "naming.service",
      write: "{env} {name}",
    },
    {
      name: "a folder outside the repository",
      text: edited("folder: infra/initial/mcps/{name}/", "folder: ../{name}/"),
      at: "../{name}/",
      path: "naming.folder",
      write: "{env} {name}",
    },
    {
      name: "an audit layout without the day",
      text: edited('"{name}/{yyyy}/{MM}/{dd}/"', '"{name}/{yyyy}/{MM}/"'),
      at: '"{name}/{yyyy}/{MM}/"',
      path: "evidence.audit_log_layout",
      write: "{dd}",
    },
    {
      name: "waits that outlast the job's credentials",
      text: edited("  settle_minutes: 20", "  settle_minutes: 30"),
      at: "capture_wait_minutes: 45",
      path: "containment",
      write: "45, 20 and 20",
    },
    {
      name: "a time zone that does not exist",
      text: edited("time_zone: Europe/Copenhagen", "time_zone: Europe/Atlantis"),
      at: "Europe/Atlantis",
      path: "time_zone",
      write: "Europe/Copenhagen",
    },
    {
      name: "another version of the schema",
      text: edited("schema: firebreak/runbook/v1", "schema: firebreak/runbook/v9"),
      at: "firebreak/runbook/v9",
      path: "schema",
      write: "`firebreak/runbook/v1`",
    },
    {
      name: "five columns instead of six",
      text: edited("Actions taken, Process improvements]", "Process improvements]"),
      at: "[Date, Incident summary",
      path: "review.columns",
      write: "type array",
    },
    {
      name: "an action that no play can run",
      text: edited("- action: scale-down", "- action: reboot"),
      at: "reboot",
      path: "incident_types.service-outage.automatic[0].action",
      write: "one of scale-down, rotate-secret",
    },
    {
      name: "an id with capitals and blanks",
      text: edited("- id: restore\n", "- id: Restore Service\n"),
      at: "Restore Service\n",
      path: "incident_types.service-outage.manual[0].id",
      write: "lower-case words joined by hyphens",
    },
    {
      name: "a contact that nobody is",
      text: edited(
        "contact: global-security-operations\n      from: medium",
        "contact: gso\n      from: medium",
      ),
      at: "gso\n",
      path: "escalation.notify[2].contact",
      write: "one of global-security-operations",
    },
    {
      name: "an id that stands twice",
      text: edited("- id: check-downstream", "- id: block-account"),
      at: "block-account\n        text: Check",
      path: "incident_types.data-exfiltration.manual[2].id",
      write: "an id of its own",
    },
    {
      name: "a contact that can be reached by nothing",
      text: edited(
        "role: IT Infrastructure Owner\n    fill_in: name and email",
        "role: IT Infrastructure Owner",
      ),
      at: "role: IT Infrastructure Owner",
      path: "contacts.it-infrastructure-owner",
      write: "email: someone@example.com",
    },
    {
      name: "an e-mail address that is none",
      text: edited("email: dataprotection@novonordisk.com", "email: dataprotection at novonordisk.com"),
      at: "dataprotection at",
      path: "contacts.data-protection-officer.email",
      write: "security@example.com",
    },
  ])("$name", ({ text, at, path, write }) => {
    const { runbook, errors } = checkRunbook(text);
    expect(runbook).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ ...placeOf(text, at), path });
    expect(errors[0]?.write).toContain(write);
  });

  test("a key that is missing, at the beginning of the map that lacks it", () => {
    const text = edited("  default_lookback_hours: 24\n", "");
    const { errors } = checkRunbook(text);
    expect(errors.map(({ path }) => path)).toEqual(["evidence.default_lookback_hours"]);
    expect(errors[0]).toMatchObject(placeOf(text, "collect:"));
    expect(errors[0]?.write).toContain("whole hours");
  });

  test("a key that stands twice, at the second", () => {
    const text = edited("time_zone: Europe/Copenhagen\n", "time_zone: Europe/Copenhagen\ntime_zone: UTC\n");
    expect(checkRunbook(text).errors).toMatchObject([placeOf(text, "time_zone: UTC")]);
  });

  test("several errors at once, each of them", () => {
    const text = edited("business_days: 5", "business_days: 0").replace("country: DK", "country: Denmark");
    expect(checkRunbook(text).errors.map(({ path }) => path)).toEqual([
      "review.business_days",
      "review.holidays.country",
    ]);
  });
});

describe("whatever the file holds, checking it does not throw", () => {
  const aliases = `a: &a [1, 2, 3]\nb: [${Array.from({ length: 300 }, () => "*a").join(", ")}]\n`;
  test.each([
    ["nothing", ""],
    ["a comment", "# later\n"],
    ["a list", "- schema\n"],
    ["a word", "hello"],
    ["two documents", `${RUNBOOK}---\n${RUNBOOK}`],
    ["an open bracket", "schema: [\n"],
    ["a tab as indentation", "severities:\n\tcritical: x\n"],
    ["a NUL", "schema: \u0000\n"],
    ["an alias to nothing", "schema: *nobody\n"],
    ["more aliases than a person writes", aliases],
    ["a map as a key", "? {a: b}\n: c\n"],
    ["__proto__ as a key", "__proto__: {polluted: true}\n"],
  ])("%s", (_name, text) => {
    const { runbook, errors } = checkRunbook(text);
    expect(runbook).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
    for (const { line, column } of errors) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("contacts to be filled in", () => {
  test("are warned about by name, and do not stop anything", () => {
    const { runbook, warnings } = checkRunbook(RUNBOOK);
    expect(runbook).toBeDefined();
    expect(warnings[0]).toMatchObject({
      ...placeOf(RUNBOOK, "name and email"),
      path: "contacts.it-infrastructure-owner.fill_in",
      message: "IT Infrastructure Owner is still to be filled in: name and email",
    });
  });

  test("are silent once filled in", () => {
    const filled = RUNBOOK.replaceAll(/^ {4}fill_in: .*$/gm, "    email: someone@example.com");
    expect(checkRunbook(filled)).toMatchObject({ errors: [], warnings: [] });
  });
});

test("a problem is printed as file:line:column: path: what is wrong; write what", () => {
  const problem = {
    line: 7,
    column: 3,
    path: "review.from",
    message: "unknown",
    write: "one of critical, high",
  };
  expect(formatProblem("runbook.yml", problem)).toBe(
    "runbook.yml:7:3: review.from: unknown; write one of critical, high",
  );
  expect(formatProblem("x", { ...problem, path: "" })).toBe("x:7:3: unknown; write one of critical, high");
});
