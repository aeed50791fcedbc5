import { describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import { seal } from "../support/gate-capture.ts";
import { refusals, refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

const MINUTE_MS = 60_000;

async function capturing(jobName = "preserve"): Promise<GateWorld> {
  const world = new GateWorld();
  await world.declare();
  world.github.approve();
  world.github.jobs = [
    { name: "declare", status: "completed", conclusion: "success" },
    { name: jobName, status: "in_progress", conclusion: null },
  ];
  return world;
}

function endJob(world: GateWorld, conclusion: string): void {
  const job = world.github.jobs.at(-1);
  if (job) Object.assign(job, { status: "completed", conclusion });
}

describe("while this run's capture job is under way", () => {
  test("the gate waits, says so every 30 seconds, and passes with the seal", async () => {
    const world = await capturing();
    world.clock.after(2 * MINUTE_MS, () => void seal(world).then(() => endJob(world, "success")));
    await run(inputs, world.deps());
    expect(world.changes()).toEqual(["UpdateService"]);
    const heartbeats = world.printed.filter((line) => line.includes("waiting for the job 'preserve'"));
    expect([4, 5]).toContain(heartbeats.length);
  });

  test("it gives up as soon as that job fails: capture-failed", async () => {
    const world = await capturing();
    const begun = world.clock.now().getTime();
    world.clock.after(MINUTE_MS, () => endJob(world, "failure"));
    expect(await refusedScaleDown(world)).toEqual(["capture-failed"]);
    expect(world.clock.now().getTime() - begun).toBeLessThan(2 * MINUTE_MS);
  });

  test("it waits no longer than the runbook says", async () => {
    const world = await capturing();
    const begun = world.clock.now().getTime();
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect([refusal?.reason, refusal?.message]).toEqual([
      "no-capture",
      expect.stringContaining("45 minutes"),
    ]);
    const waited = world.clock.now().getTime() - begun;
    expect(waited).toBeGreaterThanOrEqual(45 * MINUTE_MS);
    expect(waited).toBeLessThan(46 * MINUTE_MS);
  });

  test("it does not wait when something else refuses already", async () => {
    const world = await capturing();
    world.github.reviews = [];
    const begun = world.clock.now().getTime();
    expect(await refusedScaleDown(world)).toEqual(["not-approved"]);
    expect(world.clock.now().getTime() - begun).toBeLessThan(MINUTE_MS);
  });

  test("an earlier capture that serves is enough", async () => {
    const world = await capturing();
    await seal(world, { capture: "6000" });
    const begun = world.clock.now().getTime();
    await run(inputs, world.deps());
    expect((await world.open()).latest("gate-passed")?.at).toBe(new Date(begun).toISOString());
  });

  test.each(["preserve (1)", "preserve / collect"])("the job may show up as %s", async (name) => {
    const world = await capturing(name);
    world.clock.after(MINUTE_MS, () => void seal(world).then(() => endJob(world, "success")));
    await run(inputs, world.deps());
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("a job of another name is not waited for", async () => {
    const world = await capturing("preserve-something-else");
    expect(await refusedScaleDown(world)).toEqual(["no-capture"]);
  });

  test("the name is an input", async () => {
    const world = await capturing("collect");
    world.clock.after(MINUTE_MS, () => void seal(world).then(() => endJob(world, "success")));
    await run({ ...inputs, captureJob: "collect" }, world.deps());
    expect(world.changes()).toEqual(["UpdateService"]);
  });
});
