import { beforeEach, expect, test } from "@jest/globals";
import { ClocksWorld } from "../support/clocks-world.ts";

let world: ClocksWorld;

beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  await world.declare(42, { severity: "critical" });
});

/** Why somebody was told, each reason once, reminders left out. */
async function reasons(): Promise<string[]> {
  const entries = (await world.open(42)).all("notice-sent");
  const notices = entries.map(({ data }) => data.notice).filter((notice) => !notice.startsWith("reminder"));
  return [...new Set(notices)];
}

test("a message that the job of the declaration never sent goes out after a quarter of an hour", async () => {
  world.minutes(14);
  await world.run();
  expect(await reasons()).toEqual([]);
  world.minutes(1);
  await world.run();
  expect(await reasons()).toContain("declared/critical");
});

test("nobody has taken it: again and again, each repetition once, as often as the runbook says", async () => {
  for (let run = 0; run < 30; run += 1) {
    world.minutes(10);
    await world.run({ runId: 9_000 + run });
  }
  const repeats = (await reasons()).filter((reason) => reason.startsWith("repeat"));
  expect(repeats).toEqual(Array.from({ length: 8 }, (_, index) => `repeat/${index + 1}/critical`));
  const sent = (await world.open(42))
    .all("notice-sent")
    .map(({ data }) => `${data.notice} ${data.recipient}`);
  expect(new Set(sent).size).toBe(sent.length);
});

test("once somebody has taken it nobody is told again", async () => {
  world.minutes(16);
  await world.run();
  const record = await world.open(42);
  const by = { login: "olga", name: "Olga Oncall" };
  await record.append("acknowledged", { by, note: null, severity: "critical" }, "ack");
  world.minutes(60);
  await world.run();
  expect((await reasons()).filter((reason) => reason.startsWith("repeat"))).toEqual(["repeat/1/critical"]);
});
