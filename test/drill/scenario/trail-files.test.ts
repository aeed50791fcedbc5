import { expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import { planWorld } from "../../../drill/scenario/plan.ts";
import { type Platform, startPlatform } from "../../../drill/scenario/platform.ts";
import { type Scenario, scenarioSchema } from "../../../drill/scenario/schema.ts";
import { ownRunbook } from "../../support/incident.ts";

/** The digest files of the environment's region once a drill of these trail settings has begun. */
async function digestsOf(trail: object): Promise<string[]> {
  const scenario: Scenario = scenarioSchema.parse({
    name: "trail-files",
    description: "A trail and its files.",
    aws: { trail },
    attacker: null,
    dispatch: { inputs: { mcp: "servicenow" } },
  });
  const start = Date.parse("2026-11-20T12:00:00Z");
  const plan = planWorld(scenario, ownRunbook(), 1, start);
  const clock = createClock({ speed: 1, start });
  const platform: Platform = await startPlatform(scenario, plan, 1, clock);
  try {
    const { cloudtrail, s3 } = platform.aws;
    cloudtrail.deliver();
    return cloudtrail
      .trails()
      .flatMap(({ bucket }) => [...s3.currentKeys(bucket)])
      .filter((key) => key.includes(`/CloudTrail-Digest/${plan.region}/`));
  } finally {
    await platform.close();
  }
}

test("a drill's trail has been logging as long as the scenario says, and is tampered with as it says", async () => {
  // The last hour's digest is still to come: 300 seconds after its end.
  const whole = await digestsOf({ logging_hours: 6 });
  expect(whole).toHaveLength(5);
  const tampered = await digestsOf({
    logging_hours: 6,
    tampering: [{ do: "delete-digest", hours_ago: 3 }],
  });
  expect(tampered).toEqual(whole.filter((key) => !key.includes("20261120T090000Z")));
  expect(tampered).toHaveLength(4);
});

test("a scenario may do without a trail, and without digest files", async () => {
  expect(await digestsOf({ exists: false })).toEqual([]);
  expect(await digestsOf({ validation: false })).toEqual([]);
  await expect(digestsOf({ exists: false, tampering: [{ do: "alter-digest" }] })).rejects.toThrow("no trail");
});
