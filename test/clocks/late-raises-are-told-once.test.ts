import { beforeEach, describe, expect, test } from "@jest/globals";
import { ClocksWorld } from "../support/clocks-world.ts";
import { sealedCapture } from "../support/response.ts";

/** Critical: to be contained within 60 minutes, resolved within a day; Low: within days. All from the declaration. */

let world: ClocksWorld;

beforeEach(async () => {
  world = new ClocksWorld("2026-11-23T09:00:00Z");
  const record = await world.declare(42, { severity: "low" });
  const by = { login: "olga", name: "Olga Oncall" };
  await record.append("acknowledged", { by, note: null, severity: "low" }, "ack");
  await record.append("capture-sealed", sealedCapture(world.runbook), "sealed");
});

async function raise(): Promise<void> {
  const record = await world.open(42);
  const by = { login: "olga", name: "Olga Oncall" };
  await record.append(
    "severity-changed",
    { from: "low", to: "critical", reason: "it is real", by },
    "raised",
  );
}

const reminded = async () =>
  (await world.open(42)).all("reminded").map(({ data }) => `${data.about}/${data.stage}`);
const texts = () => world.sent.map(({ text }) => text).filter((text) => text.includes("Overdue: Contain"));

describe("a severity that rises after the time for it is over", () => {
  test("is reminded of once for each deadline, not once for each stage that has passed", async () => {
    world.at("2026-11-24T08:00:00Z");
    await raise();
    await world.run();
    expect((await reminded()).filter((one) => one.startsWith("contain/"))).toEqual(["contain/overdue/1"]);
    world.minutes(15);
    await world.run({ runId: 9_001 });
    expect((await reminded()).filter((one) => one.startsWith("contain/"))).toHaveLength(1);
  });

  test("is named in the message, with its moment and why that is overdue at once", async () => {
    world.at("2026-11-26T20:00:00Z");
    await raise();
    await world.run();
    expect(texts().length).toBeGreaterThan(0);
    for (const text of texts()) {
      expect(text).toContain("The severity was raised to Critical 2026-11-26 20:00 UTC");
      expect(text).toContain("the time counts from the declaration");
      // The stages before it were never given.
      expect(text).not.toContain("for time");
    }
  });

  test("is not named where it rose in time", async () => {
    world.minutes(5);
    await raise();
    world.at("2026-11-23T20:00:00Z");
    await world.run();
    expect(texts().length).toBeGreaterThan(0);
    for (const text of texts()) expect(text).not.toContain("was raised to Critical 2026");
  });
});
