import { beforeEach, describe, expect, test } from "@jest/globals";
import type { SeverityId } from "../../src/runbook/schema.ts";
import { ClocksWorld } from "../support/clocks-world.ts";
import { awsError } from "../support/notify-world.ts";

/** Nobody is on GitHub in this runbook, so that no message goes out while SNS, SES and the webhook refuse. */

let world: ClocksWorld;

beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  Object.assign(world.runbook.contacts["it-infrastructure-manager"] ?? {}, { channels: [{ ses: true }] });
  await world.declare(42, { severity: "high" });
  world.refusal = awsError("AuthorizationError", 403);
});

/** A run of the schedule every quarter of an hour. */
async function quarters(count: number): Promise<void> {
  for (let run = 0; run < count; run += 1) {
    world.minutes(15);
    await world.run({ runId: 9_000 + Math.floor(world.now.getTime() / 1000) });
  }
}

const sent = async () => {
  const entries = (await world.open(42)).all("notice-sent");
  return entries.map(({ data }) => `${data.notice} ${data.recipient}`);
};
const toTeam = (notices: readonly string[]) =>
  notices.filter((one) => one.startsWith("declared/") && one.endsWith(" AI connectors team")).length;
const tries = async (notice: string) =>
  (await world.open(42))
    .all("notice-failed")
    .filter(({ data }) => data.notice.startsWith(notice) && data.recipient === "AI connectors team").length;

describe("a message that every channel refused", () => {
  test("goes out by the schedule once a channel is mended, and only once", async () => {
    await quarters(1);
    expect(await sent()).toEqual([]);
    world.refusal = undefined;
    await quarters(6);
    expect(toTeam(await sent())).toBe(1);
    expect(new Set(await sent()).size).toBe((await sent()).length);
  });

  test("is tried ever more rarely while it is not: a day of it is a few tries", async () => {
    await quarters(96);
    const count = await tries("declared/");
    expect(count).toBeGreaterThanOrEqual(6);
    expect(count).toBeLessThanOrEqual(8);
  });

  test("is tried at once where a person runs the clocks for this incident", async () => {
    await quarters(20);
    const before = await tries("declared/");
    await world.run({ runId: 9_001, only: 42 });
    expect(await tries("declared/")).toBe(before + 1);
    world.refusal = undefined;
    await world.run({ runId: 9_002, only: 42 });
    await world.run({ runId: 9_003, only: 42 });
    expect(toTeam(await sent())).toBe(1);
  });

  test("is a reminder too", async () => {
    await quarters(1);
    world.minutes(60);
    await world.run({ runId: 9_001 });
    const about = "reminder/acknowledge/overdue/1/";
    expect(await tries(about)).toBe(1);
    world.refusal = undefined;
    await world.run({ runId: 9_002, only: 42 });
    expect((await sent()).filter((one) => one.startsWith(about)).length).toBeGreaterThan(0);
  });
});

describe("a raise of which nobody could be told", () => {
  const by = { login: "maja", name: "Maja" };
  const change = async (from: SeverityId, to: SeverityId, key: string) =>
    (await world.open(42)).append("severity-changed", { from, to, reason: "more is known", by }, key);
  const raises = async () => (await sent()).filter((one) => one.includes("raised")).sort();
  const everybody = (notice: string) =>
    ["AI connectors team", "global-security-operations", "it-infrastructure-manager"].map(
      (who) => `${notice} ${who}`,
    );

  beforeEach(async () => {
    world.refusal = undefined;
    await quarters(1);
    await (await world.open(42)).append("acknowledged", { by, note: null, severity: "high" }, "ack");
    await change("high", "low", "lowered");
    world.refusal = awsError("AuthorizationError", 403);
    await change("low", "critical", "raised");
    await quarters(1);
    expect(await tries("severity-raised/critical")).toBe(1);
  });

  test("is told by the schedule as what is left of it, once", async () => {
    await change("critical", "high", "taken back in part");
    world.refusal = undefined;
    await quarters(4);
    expect(await raises()).toEqual(everybody("severity-raised/high"));
  });

  test("is told although a later one was taken back that failed, too", async () => {
    await change("critical", "medium", "taken back in part");
    await change("medium", "critical", "raised again");
    await quarters(1);
    expect(await tries("severity-raised/2/critical")).toBe(1);
    await change("critical", "medium", "taken back again");
    world.refusal = undefined;
    await quarters(4);
    expect(await raises()).toEqual(everybody("severity-raised/medium"));
  });
});

test("a reminder that failed is given at the severity that is now", async () => {
  await quarters(1);
  world.at("2026-11-30T23:30:00Z");
  await world.run({ runId: 9_001 });
  const about = (notices: readonly string[]) =>
    notices.filter((one) => one.startsWith("reminder/review/")).map((one) => one.split("/").at(-1));
  expect(await tries("reminder/review/")).toBe(1);
  const by = { login: "maja", name: "Maja" };
  const data = { from: "high", to: "critical", reason: "more is known", by } as const;
  await (await world.open(42)).append("severity-changed", data, "raised");
  world.refusal = undefined;
  await quarters(1);
  expect(about(await sent())).toEqual(["critical AI connectors team"]);
});

test("one that may have arrived is not sent again, however the clocks are run", async () => {
  world.refusal = awsError("InternalFailure", 500);
  await quarters(1);
  expect(await tries("declared/")).toBe(1);
  world.refusal = undefined;
  await quarters(3);
  await world.run({ runId: 9_001, only: 42 });
  expect(toTeam(await sent())).toBe(0);
});
