import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { checkHolidays } from "../../src/runbook/business-days.ts";
import { checkRunbook } from "../../src/runbook/check.ts";

const own = readFileSync(new URL("../../runbook.yml", import.meta.url), "utf8");

/** A change to the organisation's runbook that would undo a protection, and what is said about it. */
const unsafe: [name: string, from: string | RegExp, to: string, path: string, message: RegExp][] = [
  [
    "mcps that share a service",
    "service: aiconnectors-{name}-{env}",
    "service: aiconnectors-{env}",
    "naming.service",
    /has to hold \{name\}/,
  ],
  [
    "mcps that share a parameter",
    /parameter: .*/,
    "parameter: /aiconnectors/{env}/secret",
    "naming.parameter",
    /has to hold \{name\}/,
  ],
  [
    "one role for both",
    "role/firebreak-containment-{env}",
    "role/firebreak-evidence-{env}",
    "environments.dev.containment_role",
    /is the evidence role, too/,
  ],
  [
    "evidence among the audit logs",
    "vault: nn-aiconnectors-vault-{env}",
    "vault: nn-aiconnectors-audit-{env}",
    "environments.dev.vault",
    /is the audit bucket, too/,
  ],
  [
    "an mcp twice",
    "mcps: [servicenow, sharepoint",
    "mcps: [servicenow, servicenow",
    "environments.dev.mcps[1]",
    /'servicenow' stands here twice/,
  ],
  [
    "a country that does not exist",
    "country: DK",
    "country: DX",
    "review.holidays.country",
    /no country has the code 'DX'/,
  ],
  [
    "a day that does not exist",
    "extra: []",
    'extra: ["2026-13-45"]',
    "review.holidays.extra[0]",
    /is not a day of the calendar/,
  ],
  [
    "a wait that outlives the credentials",
    /capture_wait_minutes: \d+/,
    "capture_wait_minutes: 600",
    "containment",
    /add up to/,
  ],
];

describe("a runbook with", () => {
  test.each(unsafe)("%s is refused, and told where", (_name, from, to, path, message) => {
    const { runbook, errors } = checkRunbook(own.replace(from, to), checkHolidays);
    expect(runbook).toBeUndefined();
    expect(errors).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })]);
    expect(errors[0]?.line).toBeGreaterThan(1);
  });

  test("nothing of that kind is taken", () => {
    expect(checkRunbook(own, checkHolidays).errors).toEqual([]);
  });
});
