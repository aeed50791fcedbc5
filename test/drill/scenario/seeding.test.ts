import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { checkScenario } from "../../../drill/scenario/load.ts";
import { planWorld, type WorldPlan } from "../../../drill/scenario/plan.ts";
import type { Scenario } from "../../../drill/scenario/schema.ts";
import { describeSeeded, eventsOf } from "../../../drill/scenario/seeded.ts";
import { loadRunbook } from "../../../src/runbook/load.ts";

const START = Date.parse("2026-11-21T02:40:00Z");
const HOUR_MS = 3_600_000;
const runbook = await loadRunbook("runbook.yml");

function scenario(more = ""): Scenario {
  const source = `name: seeding
description: For the tests of seeding.
mcps:
  - { name: servicenow, tasks: 2, log: { events_per_task: 300, hours: 26 }, audit: { objects_per_hour: 2 } }
dispatch:
  inputs: { environment: dev, mcp: servicenow }
${more}`;
  const { scenario: checked, errors } = checkScenario(source);
  if (!checked) throw new Error(JSON.stringify(errors));
  return checked;
}

function contents(plan: WorldPlan) {
  return plan.mcps.map((mcp) => ({
    name: mcp.settings.name,
    secrets: mcp.versions.map(({ value }) => value),
    streams: mcp.tasks.flatMap(({ streams }) =>
      streams.map((stream) => [stream.name, [...eventsOf(stream)]]),
    ),
    objects: [...mcp.auditObjects()],
  }));
}

describe("a planned world", () => {
  test("is the same for the same seed and start", () => {
    const first = contents(planWorld(scenario(), runbook, 7, START));
    expect(contents(planWorld(scenario(), runbook, 7, START))).toEqual(first);
  });

  test("is another for another seed", () => {
    const [one] = contents(planWorld(scenario(), runbook, 7, START));
    const [other] = contents(planWorld(scenario(), runbook, 8, START));
    expect(other?.secrets).not.toEqual(one?.secrets);
    expect(other?.streams).not.toEqual(one?.streams);
    expect(other?.objects).not.toEqual(one?.objects);
  });

  test("has every mcp of the runbook's environment, the attacked one first", () => {
    const plan = planWorld(scenario(), runbook, 1, START);
    expect(plan.mcps.map(({ settings }) => settings.name)).toEqual([
      "servicenow",
      "sharepoint",
      "databricks",
    ]);
    expect(plan.mcp).toBe("servicenow");
  });

  test("has its events in order and before the drill begins", () => {
    for (const { tasks } of planWorld(scenario(), runbook, 1, START).mcps) {
      for (const stream of tasks.flatMap(({ streams }) => streams)) {
        const times = [...eventsOf(stream)].map(({ timestamp }) => timestamp);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.at(-1)).toBeLessThan(START);
      }
    }
  });

  test("has secrets of Entra's shape", () => {
    const values = planWorld(scenario(), runbook, 1, START).mcps.flatMap(({ versions }) => versions);
    for (const { value } of values) expect(value).toMatch(/^[A-Za-z0-9]{3}8Q~[A-Za-z0-9._~-]{34}$/);
  });

  test("shows the attacker in the attacked mcp only, and nowhere when there is none", () => {
    const mentions = (plan: WorldPlan) =>
      contents(plan).map((mcp) => JSON.stringify(mcp).split("svc-reporting@example.com").length - 1 > 0);
    expect(mentions(planWorld(scenario(), runbook, 1, START))).toEqual([true, false, false]);
    expect(mentions(planWorld(scenario("attacker: null\n"), runbook, 1, START))).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("files audit objects under the runbook's layout by their own dates", () => {
    const [mcp] = planWorld(scenario(), runbook, 1, START).mcps;
    for (const { key, lastModified } of mcp?.auditObjects() ?? []) {
      const day = new Date(lastModified).toISOString().slice(0, 10).replaceAll("-", "/");
      expect(key).toMatch(new RegExp(`^servicenow/${day}/\\d{6}-[0-9a-f]{12}\\.ndjson$`));
    }
  });
});

describe("seeded.json", () => {
  test("counts what is in the window, with a digest that anyone can compute", () => {
    const plan = planWorld(scenario(), runbook, 1, START);
    const from = START - 24 * HOUR_MS;
    const [mcp] = describeSeeded(plan, from).mcps;
    const stream = plan.mcps[0]?.tasks[0]?.streams[0];
    if (!stream) throw new Error("no stream was planned");
    const events = [...eventsOf(stream)];
    const inWindow = events.filter(({ timestamp }) => timestamp >= from);
    const lines = inWindow.map(({ timestamp, message }) => `${timestamp} ${message}\n`).join("");
    expect(mcp?.streams[0]).toEqual({
      group: "/ecs/aiconnectors-servicenow-dev",
      stream: stream.name,
      events: 380,
      inWindow: inWindow.length,
      sha256InWindow: createHash("sha256").update(lines).digest("hex"),
    });
    expect(inWindow.length).toBeLessThan(events.length);
    expect(mcp?.auditObjects).toHaveLength(53);
    expect(mcp?.auditObjects.filter((object) => object.inWindow)).toHaveLength(49);
  });
});
