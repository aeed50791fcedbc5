import { beforeEach, describe, expect, test } from "@jest/globals";
import { acknowledge } from "../../src/incident/acknowledgement.ts";
import { statusOf } from "../../src/incident/status.ts";
import { ClocksWorld } from "../support/clocks-world.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

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

describe("what rises once it is over", () => {
  const by = { login: "olga", name: "Olga Oncall" };
  const raised = { from: "high", to: "critical", reason: "it is worse", by } as const;
  const keys = async () => [
    ...new Set((await world.open(42)).all("notice-sent").map(({ data }) => data.notice)),
  ];

  /** Taken, told, and every step done but the review. */
  beforeEach(async () => {
    world = new ClocksWorld("2026-11-23T09:00:00Z");
    const record = await world.declare(42, { severity: "high" });
    await record.append("acknowledged", { by, note: null, severity: "high" }, "ack");
    world.minutes(15);
    await world.run();
    await record.refresh();
    await record.append("capture-sealed", sealedCapture(world.runbook), "sealed");
    await record.append("contained", { action: "scale-down", summary: "0", details: {} }, "contained");
    await record.append(
      "restored",
      { action: "undo", summary: "2", rootCause: "x", details: {} },
      "restored",
    );
    const manual = world.runbook.incident_types["service-outage"]?.manual ?? [];
    for (const { id } of [...manual, ...world.runbook.escalation.steps])
      await record.append("step-confirmed", confirmedStep(id), `step-confirmed/${id}`);
    expect(statusOf(record.chain, world.runbook)).toBe("resolved");
  });

  test.each(["resolved", "reviewed"])(
    "is told by the clocks and repeated until somebody takes it: %s",
    async (status) => {
      const record = await world.open(42);
      if (status === "reviewed") await record.append("reviewed", { record: "docs/x.md" }, "reviewed");
      world.minutes(60);
      await world.run();
      expect(await keys()).toEqual(["declared/high"]);
      await record.append("severity-changed", raised, "raised");
      world.minutes(15);
      await world.run({ runId: 9_001 });
      expect(await keys()).toEqual(["declared/high", "severity-raised/critical", "repeat/1/critical"]);
      expect(world.issues.get(42)?.body).toContain("**Since it is Critical nobody has taken it.**");
      await record.refresh();
      expect(await acknowledge(record, { by, note: null, key: "ack/2" })).toBe(true);
      world.minutes(60);
      await world.run({ runId: 9_002 });
      expect(await keys()).toHaveLength(3);
    },
  );

  test("and is lowered again is over: nobody is told, and nothing is left to take", async () => {
    const record = await world.open(42);
    await record.append("reviewed", { record: "docs/x.md" }, "reviewed");
    await record.append("severity-changed", raised, "raised");
    await record.append("severity-changed", { ...raised, from: "critical", to: "high" }, "lowered");
    world.minutes(60);
    await world.run();
    expect(await keys()).toEqual(["declared/high"]);
    const maja = { login: "maja", name: "Maja" };
    await expect(acknowledge(record, { by: maja, note: null, key: "ack/2" })).rejects.toThrow("is reviewed");
  });
});
