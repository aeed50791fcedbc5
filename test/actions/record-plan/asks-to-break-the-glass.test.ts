import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { run as recordOutcome } from "../../../src/actions/record-outcome/run.ts";
import { type RecordPlanInputs, readInputs } from "../../../src/actions/record-plan/inputs.ts";
import { run } from "../../../src/actions/record-plan/run.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import type { SeverityId } from "../../../src/runbook/schema.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { inputs as common, GateWorld } from "../../support/gate-world.ts";

const RUN = { runId: 7002, job: "plan", actor: "oncall" };
const REASON = "The service crash-loops: every capture is behind the tasks `before` it is sealed.";
const given: RecordPlanInputs = {
  ...common,
  mcps: ["servicenow"],
  join: undefined,
  rootCause: undefined,
  change: "contain",
  revoke: undefined,
  credentialKeyId: undefined,
  breakGlass: { reason: REASON },
};

/** The gate has refused for a task that no capture covers. */
async function refused(severity: SeverityId = "critical"): Promise<GateWorld> {
  const world = new GateWorld({ severity });
  await world.declare();
  await seal(world);
  await world.clock.sleep(5_000);
  world.ecs.startTask("ecs-svc/1000");
  world.github.approve();
  await refusals(world, scaleDown(common, world.deps()));
  world.github.reviews = [];
  return world;
}

describe("a plan that asks for breaking the glass", () => {
  test("names the environment that decides, and shows its reviewers why and what is missing", async () => {
    const world = await refused();
    const outputs = await run(given, world.deps(RUN));
    expect(outputs).toMatchObject({ action: "scale-down", "github-environment": "break-glass-dev" });
    const planned = (await world.open()).latest("planned")?.data;
    expect(planned).toMatchObject({
      breakGlass: { reason: REASON },
      environment: { name: "break-glass-dev", protection: "protected" },
    });
    const comment = world.github.comments.at(-1);
    for (const text of [REASON, "` oncall ` asks to **break the glass**", "runs now and is not covered"]) {
      expect(comment).toContain(text);
      expect(world.summaries.join()).toContain(text);
    }
    expect(world.summaries.at(-1)).toContain("Plan SHA-256");
  });

  test("is an ordinary plan where no reason is given, for the ordinary reviewers", async () => {
    const world = await refused();
    const outputs = await run({ ...given, breakGlass: undefined }, world.deps(RUN));
    expect(outputs["github-environment"]).toBe("containment-dev");
    expect((await world.open()).latest("planned")?.data).not.toHaveProperty("breakGlass");
  });

  test.each([false, true])(
    "is refused below Critical before anything is recorded (dry run: %p)",
    async (dryRun) => {
      const world = await refused("high");
      const before = (await world.open()).entries.length;
      const comments = world.github.comments.length;
      const error = await failure(run({ ...given, dryRun }, world.deps(RUN)));
      expect(error.reason).toBe("not-critical");
      expect([(await world.open()).entries.length, world.github.comments.length]).toEqual([before, comments]);
    },
  );

  test("that is rejected in its own environment says so, and how to ask again", async () => {
    const world = await refused();
    await run(given, world.deps(RUN));
    world.github.breakGlass("someone-else", "rejected");
    await recordOutcome({ ...common, result: "failure" }, world.deps({ ...RUN, job: "outcome" }));
    const entry = (await world.open()).latest("not-contained");
    expect(entry?.data).toMatchObject({ reason: "rejected" });
    expect(entry?.data.message).toContain("'break-glass-dev' was rejected by someone-else");
    expect(entry?.data.remedy).toContain("gh workflow run break-glass.yml");
  });
});

describe("the reason", () => {
  const read = (reason: string) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        INPUT_CHANGE: "contain",
        "INPUT_BREAK-GLASS": reason,
      }),
    ).breakGlass;

  test("is read as it stands, and is absent when empty", () => {
    expect([read(` ${REASON} `), read(""), read("   ")]).toEqual([{ reason: REASON }, undefined, undefined]);
  });

  test.each([
    "now",
    "nineteen characters",
    "x".repeat(40),
    `${". ".repeat(30)}`,
    `a ${"\u0000".repeat(20)} b`,
  ])("%j is none", (reason) => {
    expect(() => read(reason)).toThrow("Input 'break-glass'");
  });
});
