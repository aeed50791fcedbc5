import { describe, expect, test } from "@jest/globals";
import { computePlan } from "../../src/containment/plan.ts";
import { type Plan, planSchema, planSha256 } from "../../src/incident/plan.ts";
import { manualOf } from "../../src/runbook/play.ts";
import { failure } from "../support/gate-expect.ts";
import { GateWorld, runbook, target } from "../support/gate-world.ts";
import { facts } from "../support/incident.ts";

function plan(world: GateWorld, type: string, change: Plan["change"] = "contain"): Promise<Plan> {
  const args = { incident: "INC-42", change, facts: facts({ type }), target, runbook, entries: [] };
  return computePlan(world.deps(), args);
}

describe("the plan", () => {
  // Of a role it is planned on a platform that has IAM: test/actions/revoke-role.
  const types = Object.entries(runbook.incident_types).filter(
    ([, { automatic }]) => !automatic.some(({ action }) => action === "revoke-role"),
  );
  test.each(types.map(([type]) => type))(
    "of %s is valid and reads nothing that it does not need",
    async (type) => {
      const world = new GateWorld();
      const made = await plan(world, type);
      expect(planSchema.parse(made)).toEqual(made);
      expect(made.manual.map(({ id }) => id)).toEqual(
        manualOf(type, "servicenow", runbook).map(({ id }) => id),
      );
      expect(world.changes()).toEqual([]);
      if (made.action === null) expect([made.steps, world.calls]).toEqual([[], []]);
    },
  );

  test("of a scale-down suspends a scalable target first", async () => {
    const world = new GateWorld({ tasks: 2 });
    world.ecs.scaling = { min: 1, max: 4, suspended: [false, false, false] };
    const { steps } = await plan(world, "service-outage");
    expect(steps.map(({ id }) => id)).toEqual(["suspend-scaling", "scale-to-zero"]);
    expect(steps[1]?.from).toMatchObject({ minCapacity: 1, maxCapacity: 4 });
    expect(steps[1]?.from).not.toHaveProperty("desiredCount");
  });

  test("holds the desired count when scaling is suspended already", async () => {
    const world = new GateWorld({ tasks: 2 });
    world.ecs.scaling = { min: 1, max: 4, suspended: [true, true, true] };
    const { steps } = await plan(world, "service-outage");
    expect(steps[1]?.from).toMatchObject({ desiredCount: 2 });
  });

  test("of a rotation holds the version and the command, never a value", async () => {
    const world = new GateWorld();
    const made = await plan(world, "client-secret-compromised");
    expect(made.steps.map(({ id, from }) => [id, from.parameterVersion])).toEqual([
      ["rotate-secret", 2],
      ["redeploy", undefined],
    ]);
    expect(made.manual[0]).toMatchObject({ id: "disable-secret", before: true });
    expect(JSON.stringify(made)).not.toContain("8Q~");
  });

  test("of the same world is the same, byte for byte", async () => {
    const [one, other] = await Promise.all([1, 2].map(() => plan(new GateWorld(), "service-outage")));
    expect(one && other && planSha256(one) === planSha256(other)).toBe(true);
  });

  test("is refused for a service that is not there", async () => {
    const world = new GateWorld();
    world.ecs.missing = true;
    expect((await failure(plan(world, "service-outage"))).reason).toBe("service-missing");
  });

  test("is refused for a parameter that is not there", async () => {
    const world = new GateWorld();
    world.ssm.versions = [];
    expect((await failure(plan(world, "client-secret-compromised"))).reason).toBe("parameter-missing");
  });

  test("is refused for an unknown type, and for a restore of nothing", async () => {
    const world = new GateWorld();
    expect((await failure(plan(world, "constructor"))).reason).toBe("unknown-type");
    expect((await failure(plan(world, "service-outage", "restore"))).reason).toBe("nothing-to-restore");
  });
});
