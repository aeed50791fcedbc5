import { expect, test } from "@jest/globals";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

function run(id: number, changes: object = {}): IntakeWorld["runs"][number] {
  const html_url = `https://github.example/acme/platform/actions/runs/${id}`;
  return { id, event: "repository_dispatch", conclusion: "failure", run_attempt: 1, html_url, ...changes };
}

test("an alarm whose job failed before it had written anything is not lost: the job runs again", async () => {
  const world = new IntakeWorld();
  const alarm = dispatchOf({ event: alarmEvent() });
  world.s3.fail = () => new Error("the vault is down");
  await expect(world.receive("alarm", alarm)).rejects.toThrow("down");
  world.s3.fail = () => undefined;
  world.runs = [run(501)];
  await world.receive("schedule", {});
  expect(world.runs[0]?.run_attempt).toBe(2);
  expect(world.told).toEqual([]);
  await world.receive("alarm", alarm);
  expect(world.dispatched).toHaveLength(1);
});

test.each(["failure", "timed_out", "startup_failure", "cancelled"])(
  "one that ended as %s runs again once, and then the team is told once",
  async (conclusion) => {
    const world = new IntakeWorld();
    world.runs = [run(501, { conclusion }), run(502, { conclusion, event: "issues" })];
    for (let round = 0; round < 4; round += 1) await world.receive("schedule", {});
    expect(world.runs.map(({ run_attempt }) => run_attempt)).toEqual([2, 2]);
    expect(world.told).toHaveLength(1);
    expect(world.told[0]).toContain("https://github.example/acme/platform/actions/runs/501");
    expect(world.told[0]).toContain("https://github.example/acme/platform/actions/runs/502");
    expect(world.told[0]).toContain("takes the commit that it had");
    expect(world.told[0]).toContain("gh workflow run incident.yml -f severity=");
  },
);

test("one that cannot be run again is told at once", async () => {
  const world = new IntakeWorld();
  world.runs = [run(501)];
  world.refuseRerun = Object.assign(new Error("Unable to retry this workflow run"), { status: 403 });
  await world.receive("schedule", {});
  expect(world.told).toHaveLength(1);
});

test("what went well, and other environments' schedules, run nothing again", async () => {
  const world = new IntakeWorld();
  world.runs = [run(501, { conclusion: "success" }), run(502, { conclusion: "skipped", event: "issues" })];
  await world.receive("schedule", {});
  world.runs.push(run(503));
  await world.receive("schedule", {}, { environment: "dev" });
  expect(world.runs.map(({ run_attempt }) => run_attempt)).toEqual([1, 1, 1]);
  expect(world.told).toEqual([]);
});

test("where nobody can be told the job fails, and tells them the next time", async () => {
  const world = new IntakeWorld();
  world.runs = [run(501, { run_attempt: 2 })];
  world.refuseTopic = Object.assign(new Error("no"), { $metadata: { httpStatusCode: 403 } });
  await expect(world.receive("schedule", {})).rejects.toThrow(/Nobody could be told/);
  world.refuseTopic = undefined;
  await world.receive("schedule", {});
  expect(world.told).toHaveLength(1);
});

test("a storm of failures is run again bit by bit, and told in one message", async () => {
  const world = new IntakeWorld();
  world.runs = Array.from({ length: 60 }, (_, index) => run(501 + index));
  await world.receive("schedule", {});
  expect(world.runs.filter(({ run_attempt }) => run_attempt === 2)).toHaveLength(50);
  for (let round = 0; round < 2; round += 1) await world.receive("schedule", {});
  expect(world.told.map((text) => text.split("\n").length < 90)).toEqual([true, true]);
  expect(world.told[0]).toContain("50 in all");
});
