import { expect, test } from "@jest/globals";
import { principalToName } from "../../../src/actions/record-plan/principal.ts";
import type { IncidentRecord } from "../../../src/incident/record.ts";
import { facts, ownRunbook } from "../../support/incident.ts";

const USER = "anna.friis@example.com";

function incident(type: string, principal: string | null): IncidentRecord {
  return {
    id: "INC-42",
    runbook: ownRunbook(),
    facts: facts({ type, principal }),
  } as unknown as IncidentRecord;
}

test("an incident that names nobody gets a name", () => {
  const record = incident("data-exfiltration", null);
  expect(principalToName(record, { principal: USER, change: "contain" })).toBe(USER);
});

test("the name that it has, and none, change nothing", () => {
  const record = incident("data-exfiltration", USER);
  expect(principalToName(record, { principal: USER, change: "contain" })).toBeUndefined();
  expect(principalToName(record, { principal: undefined, change: "contain" })).toBeUndefined();
});

test.each([
  [
    "another name",
    incident("data-exfiltration", USER),
    "mads@example.com",
    "contain",
    /another than the one/,
  ],
  ["a type about nobody", incident("service-outage", null), USER, "contain", /about nobody/],
  ["a restore", incident("data-exfiltration", null), USER, "restore", /goes with no restore/],
] as const)("%s is refused by name", (_what, record, principal, change, message) => {
  expect(() => principalToName(record, { principal, change })).toThrow(message);
});
