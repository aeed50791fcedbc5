import { beforeEach, describe, expect, test } from "@jest/globals";
import { ClocksWorld } from "../support/clocks-world.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

let world: ClocksWorld;
const by = { login: "olga", name: "Olga Oncall" };
const bodyOf = (number: number) => world.issues.get(number)?.body ?? "";
const edits = () => world.github.filter((call) => call === "update").length;

/** Two incidents, which a run of the clocks has read. */
beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  for (const number of [42, 43]) {
    const record = await world.declare(number, { severity: "low" });
    await record.append("capture-sealed", sealedCapture(world.runbook), "sealed");
  }
  world.minutes(20);
  await world.run();
  world.minutes(60);
  await world.run();
  world.minutes(60);
});

describe("an entry that no job has shown", () => {
  test("is shown by the next run that reads it, and the others are left as they are", async () => {
    await (await world.open(42)).append("acknowledged", { by, note: null, severity: "low" }, "ack");
    const before = edits();
    await world.run();
    expect(bodyOf(42)).toContain("**Taken by** ` olga `");
    expect(edits() - before).toBe(1);
    world.minutes(60);
    await world.run();
    expect(edits() - before).toBe(1);
  });

  test("is shown by the run after that, where GitHub could not be reached", async () => {
    await (await world.open(42)).append("acknowledged", { by, note: null, severity: "low" }, "ack");
    const issue = world.issues.get(42);
    world.issues.delete(42);
    await world.run();
    expect(world.warnings.join()).toContain("could not be rendered");
    if (issue) world.issues.set(42, issue);
    await world.run();
    expect(bodyOf(42)).toContain("**Taken by** ` olga `");
  });
});

describe("an issue that was closed where no workflow sees it", () => {
  const close = (number: number) => {
    const now = world.now.toISOString();
    Object.assign(world.issues.get(number) ?? {}, {
      state: "closed",
      labels: [],
      closed_at: now,
      updated_at: now,
      closed_by: { login: "github-actions[bot]" },
    });
  };

  test("is opened again, said why, while something is to be done", async () => {
    close(42);
    await world.run();
    expect(world.issues.get(42)?.state).toBe("open");
    expect(
      world.issues
        .get(42)
        ?.comments.map(({ body }) => body)
        .join(),
    ).toContain("INC-42 was closed by ` github-actions[bot] ` while something is still to be done");
    expect((await world.open(42)).all("issue-reopened")).toHaveLength(1);
    const before = edits();
    world.minutes(15);
    await world.run();
    expect(edits()).toBe(before);
  });

  test("stays closed in a dry run", async () => {
    close(42);
    await world.run({ dryRun: true });
    expect(world.issues.get(42)?.state).toBe("closed");
  });
});

test("people are told and reminded although an improvement cannot be looked after, and the run fails", async () => {
  const record = await world.declare(44, { severity: "high" });
  const data = { improvement: "i77", text: "Alarm earlier", issue: 77, url: "u", owner: null, due: null };
  await record.append("improvement-opened", data, "improvement-opened/77");
  const shut = world.issue(77, "incident-improvement");
  Object.assign(shut, { state: "closed" });
  Object.defineProperty(shut, "closed_at", {
    get: () => {
      throw Object.assign(new Error("Server Error"), { status: 502 });
    },
    configurable: true,
  });
  world.minutes(31);
  const { failures, done } = await world.run();
  expect([...failures].map(([incident, error]) => [incident, (error as Error).message])).toEqual([
    ["INC-44", "Server Error"],
  ]);
  expect(done.get("INC-44")).toEqual({
    told: ["declared"],
    reminded: expect.arrayContaining(["acknowledge/overdue/1"]),
  });
  // The next run looks after it again, and tells nobody twice.
  Object.defineProperty(shut, "closed_at", { value: "2026-11-23T08:00:00Z" });
  world.minutes(1);
  const next = await world.run();
  expect([next.failures.size, next.done.has("INC-44"), next.read]).toEqual([0, false, 1]);
  expect((await world.open(44)).all("improvement-closed")).toHaveLength(1);
});

test("an mcp of which people have done all is contained, although the job was killed that recorded the last step", async () => {
  const record = await world.declare(44, { type: "user-account-compromised" });
  await record.append("step-confirmed", confirmedStep("disable-account"), "step-confirmed/disable-account");
  world.minutes(60);
  await world.run();
  const contained = (await world.open(44)).all("contained");
  expect(contained.map(({ data }) => data.summary)).toEqual(["by hand: disable-account"]);
  expect(bodyOf(44)).toContain("> **CONTAINED** ·");
});
