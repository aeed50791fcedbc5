import { expect, test } from "@jest/globals";
import { fitInputs, resolveInputs, windowStart } from "../../../drill/scenario/inputs.ts";

const now = Date.parse("2026-11-21T02:40:30.500Z");

test("placeholders are filled in where they are the whole value", () => {
  const inputs = {
    detected_at: "$now-10m",
    later: "$now+2h",
    incident: "$incident",
    summary: "costs $now-10m",
    personal_data: false,
  };
  expect(resolveInputs(inputs, {}, { now, incident: 4 })).toEqual({
    detected_at: "2026-11-21T02:30:30Z",
    later: "2026-11-21T04:40:30Z",
    incident: "4",
    summary: "costs $now-10m",
    personal_data: "false",
  });
});

test("the command line wins, and may use placeholders", () => {
  const resolved = resolveInputs({ mcp: "a" }, { mcp: "b", detected_at: "$now" }, { now, incident: null });
  expect(resolved).toEqual({ mcp: "b", detected_at: "2026-11-21T02:40:30Z" });
});

test("another workflow gets the inputs that it declares, and the rest is named unless the command line gives it", () => {
  const inputs = { Environment: "dev", mcp: "a", severity: "High", type: "service-outage" };
  expect(fitInputs(inputs, { type: "other" }, ["environment", "mcp", "incident"])).toEqual({
    fitting: { Environment: "dev", mcp: "a" },
    leftOut: ["severity"],
  });
});

test("an incident that there is not stays a placeholder", () => {
  expect(resolveInputs({ incident: "$incident" }, {}, { now, incident: null })).toEqual({
    incident: "$incident",
  });
});

test("the window begins the lookback before the detection, by default before now", () => {
  const hour = 3_600_000;
  expect(windowStart({ detected_at: "2026-11-21T02:00:00Z", lookback_hours: "2" }, now, 24)).toBe(
    Date.parse("2026-11-21T00:00:00Z"),
  );
  expect(windowStart({ lookback_hours: "" }, now, 24)).toBe(now - 24 * hour);
});
