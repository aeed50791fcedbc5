import { describe, expect, test } from "@jest/globals";
import { placeOfAlarm } from "../../src/intake/alarm-name.ts";
import { ownRunbook } from "../support/incident.ts";

function named(template: string, changes: { mcps?: string[]; alarms?: string[] } = {}) {
  const runbook = structuredClone(ownRunbook());
  for (const environment of Object.values(runbook.environments))
    environment.mcps = changes.mcps ?? environment.mcps;
  const row = Object.values(runbook.detection.alarms.per_mcp)[0];
  if (changes.alarms && row)
    runbook.detection.alarms.per_mcp = Object.fromEntries(changes.alarms.map((id) => [id, row]));
  return { ...runbook, intake: { alarm_name: template } };
}

const OWN = "aiconnectors-{name}-{alarm}-{env}";

test("every alarm of every mcp and environment is found by its name", () => {
  const runbook = named(OWN);
  let count = 0;
  for (const [environment, { mcps }] of Object.entries(runbook.environments))
    for (const mcp of mcps)
      for (const alarm of Object.keys(runbook.detection.alarms.per_mcp)) {
        expect(placeOfAlarm(runbook, `aiconnectors-${mcp}-${alarm}-${environment}`)).toEqual({
          environment,
          mcp,
          alarm,
        });
        count += 1;
      }
  expect(count).toBe(24);
});

test("a hyphen in an mcp's name moves nothing", () => {
  const runbook = named(OWN, { mcps: ["service", "service-now"], alarms: ["error", "now-error"] });
  // service + now-error and service-now + error: nobody could tell.
  expect(() => placeOfAlarm(runbook, "aiconnectors-service-now-error-dev")).toThrow(/more than one alarm/);
  expect(placeOfAlarm(runbook, "aiconnectors-service-now-now-error-dev").mcp).toBe("service-now");
});

test("without {env} a name that two environments share is no name", () => {
  expect(() => placeOfAlarm(named("{name}/{alarm}"), "servicenow/error-rate")).toThrow(/more than one alarm/);
});

describe.each([
  "aiconnectors-servicenow-auth-failures-test",
  "aiconnectors-servicenow-auth-failures-prod ",
  "AICONNECTORS-servicenow-auth-failures-prod",
  "aiconnectors-servicenow-auth-failures-prod\n",
  "aiconnectors-{name}-{alarm}-{env}",
  "aiconnectors-__proto__-auth-failures-prod",
  "",
])("%j", (name) => {
  test("is refused", () => {
    expect(() => placeOfAlarm(named(OWN), name)).toThrow(/no alarm/);
  });
});
