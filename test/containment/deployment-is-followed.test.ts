import { describe, expect, test } from "@jest/globals";
import { runPlay } from "../../src/containment/engine/run-play.ts";
import type { StepContext } from "../../src/containment/engine/step.ts";
import { redeploy, redeployProof } from "../../src/containment/redeploy.ts";
import type { Refusal } from "../../src/incident/entries.ts";
import { failure } from "../support/gate-expect.ts";
import { GateWorld, runbook, target } from "../support/gate-world.ts";

const covered = async (): Promise<Refusal[]> => [];

/** A job that has rotated the secret a moment ago and is about to redeploy. */
async function rotated(world: GateWorld): Promise<StepContext> {
  const record = await world.declare();
  const deps = world.deps();
  await world.clock.sleep(60_000);
  const outcome = { previousVersion: 1, newVersion: 2, rotatedAt: world.clock.now().toISOString() };
  const made = { action: "rotate-secret", step: "rotate-secret", target: target.parameter, outcome };
  await record.append("change-made", made, "made");
  await world.clock.sleep(1_000);
  return { deps, record, aws: deps.aws("eu-west-1"), pass: { uncovered: covered } as StepContext["pass"] };
}

async function deploy(context: StepContext) {
  const { aws, deps, record } = context;
  const { id: incident, entries } = record;
  const planned = await redeploy.plan({ aws, deps, target, runbook, incident, entries });
  if (!planned) throw new Error("nothing was planned");
  const [moved] = await runPlay(context, "rotate-secret", [{ planned, change: redeploy }]);
  return redeployProof.parse(moved?.proof);
}

async function follow(world: GateWorld) {
  return deploy(await rotated(world));
}

const deploymentOf = (world: GateWorld, id: string) => {
  const found = world.ecs.deployments.find((deployment) => deployment.id === id);
  if (!found) throw new Error(`no deployment ${id}`);
  return found;
};

describe("a forced deployment", () => {
  test("is complete when ECS says so and the last old task has stopped", async () => {
    const world = new GateWorld({ tasks: 2 });
    const { deploymentId, tasks } = await follow(world);
    expect(deploymentId).toBe("ecs-svc/2001");
    expect(tasks).toHaveLength(2);
    const old = world.ecs.tasks.filter(({ startedBy }) => startedBy === "ecs-svc/1000");
    expect(old.map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED", "STOPPED"]);
    expect(world.printed).toContainEqual(
      expect.stringContaining("task(s) from before the rotation still run"),
    );
  });

  test("that fails: ECS's reason, the stopped tasks' reasons, the service's events", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.onDeployment = (id) => {
      const task = world.ecs.startTask(id, "PENDING");
      world.ecs.stopTask(task, "ResourceInitializationError: unable to pull secrets");
      world.clock.after(20_000, () => {
        const reason = "ECS deployment circuit breaker: tasks failed to start.";
        Object.assign(deploymentOf(world, id), { rolloutState: "FAILED", rolloutStateReason: reason });
        world.ecs.events.unshift({ createdAt: world.clock.now(), message: "(service x) deployment failed" });
      });
    };
    const error = await failure(follow(world));
    expect(error.reason).toBe("deployment-failed");
    expect(error.message).toContain("circuit breaker: tasks failed to start");
    expect(error.message).toContain("unable to pull secrets");
    expect(error.message).toContain("(service x) deployment failed");
  });

  test.each([
    [
      "demoted",
      (world: GateWorld, id: string) => void Object.assign(deploymentOf(world, id), { status: "ACTIVE" }),
    ],
    [
      "gone",
      (world: GateWorld, id: string) => {
        world.ecs.deployments = world.ecs.deployments.filter((one) => one.id !== id);
      },
    ],
  ])("that is rolled back (%s) is no success, whatever stands in its place", async (_how, rollBack) => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.onDeployment = (id) => {
      world.clock.after(20_000, () => {
        rollBack(world, id);
        world.ecs.deployments.unshift({ id: "ecs-svc/3000", status: "PRIMARY", rolloutState: "COMPLETED" });
      });
    };
    const error = await failure(follow(world));
    expect([error.reason, error.message]).toEqual([
      "deployment-failed",
      expect.stringContaining("ecs-svc/3000"),
    ]);
  });

  test("with another task definition than the service had is no success", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.onDeployment = (id) => {
      world.clock.after(
        20_000,
        () => void Object.assign(deploymentOf(world, id), { taskDefinition: "servicenow:2" }),
      );
    };
    expect((await failure(follow(world))).reason).toBe("deployment-failed");
  });

  test("that does not end in time is stuck", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.onDeployment = () => {};
    const error = await failure(follow(world));
    expect([error.reason, error.message]).toEqual([
      "deployment-stuck",
      expect.stringContaining("20 minutes"),
    ]);
    const [old] = world.ecs.tasks.map(({ taskArn }) => taskArn?.split("/").at(-1));
    expect(error.message).toContain(`1 task(s) that it did not start still run, with the old secret: ${old}`);
  });

  test("that is complete while a task it did not start runs on is no success", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.stubborn = true;
    const error = await failure(follow(world));
    expect(error.reason).toBe("old-tasks-still-running");
    expect(error.message).toContain("1".padStart(32, "0"));
  });

  test("that is complete while somebody else's new task runs is no success", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.before = (operation) => {
      if (operation === "UpdateService") world.clock.after(5_000, () => void world.ecs.startTask("a-person"));
    };
    expect((await failure(follow(world))).reason).toBe("old-tasks-still-running");
  });

  test("whose reasons cannot be asked for still says that it failed", async () => {
    const world = new GateWorld({ tasks: 1 });
    world.ecs.onDeployment = (id) => {
      world.clock.after(20_000, () => {
        Object.assign(deploymentOf(world, id), {
          rolloutState: "FAILED",
          rolloutStateReason: "circuit breaker",
        });
      });
    };
    world.before = (operation) => {
      if (operation === "ListTasks") throw new Error("AccessDenied");
    };
    const error = await failure(follow(world));
    expect(error.reason).toBe("deployment-failed");
    expect(error.message).toContain("could not be asked for its reasons: AccessDenied");
  });

  test("that a stale answer leaves out for a moment is still followed", async () => {
    const world = new GateWorld({ tasks: 1 });
    let looks = 0;
    const all = () => world.ecs.deployments;
    let hidden: ReturnType<typeof all> = [];
    world.before = (operation) => {
      if (operation !== "DescribeServices" || !world.calls.includes("UpdateService")) return;
      looks += 1;
      if (looks === 2) [hidden, world.ecs.deployments] = [all(), []];
      if (looks === 3) world.ecs.deployments = hidden;
    };
    expect((await follow(world)).deploymentId).toBe("ecs-svc/2001");
  });

  test("that a killed job forced is followed and not forced again", async () => {
    const world = new GateWorld({ tasks: 1 });
    const context = await rotated(world);
    world.before = () => {
      if (world.calls.includes("UpdateService")) throw new Error("the job was killed");
    };
    await expect(deploy(context)).rejects.toThrow("killed");
    world.before = () => {};
    const uncovered = async () => {
      throw new Error("nothing is forced, so nothing has to be covered");
    };
    const pass = { uncovered } as unknown as StepContext["pass"];
    const again = { ...context, pass, deps: world.deps({ runAttempt: 2 }) };
    expect((await deploy(again)).deploymentId).toBe("ecs-svc/2001");
    expect(world.changes()).toEqual(["UpdateService"]);
  });
});
