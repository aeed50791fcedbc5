import { describe, expect, test } from "@jest/globals";
import { rotateSecretBy } from "../../../src/actions/rotate-secret/run.ts";
import type { ProcessRequest, StartProcess } from "../../../src/containment/process.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { GateWorld, inputs, NEW_SECRET, OLD_SECRET, target } from "../../support/gate-world.ts";

const disabled = { disabledBy: "Olga Oncall", disabledAt: new Date("2026-11-21T02:50:00Z") };
const rotateInputs = { ...inputs, ...disabled };

/** A rotation command that writes `value`, prints it, and ends with `exitCode`. */
function command(world: GateWorld, value: string | null = NEW_SECRET, exitCode = 0): StartProcess {
  return async (request: ProcessRequest) => {
    world.calls.push("spawn");
    await world.clock.sleep(5_000);
    if (value !== null) world.ssm.write(value);
    request.onLine(`was ${OLD_SECRET}`);
    request.onLine(`client_secret = "${value}"`);
    request.onLine("::error::Apply complete");
    return { exitCode, signal: null, timedOut: false };
  };
}

async function ready(tasks = 2): Promise<GateWorld> {
  const world = new GateWorld({ type: "client-secret-compromised", tasks });
  await world.declare();
  await seal(world);
  world.github.approve();
  await world.clock.sleep(10_000);
  return world;
}

function rotate(world: GateWorld, start = command(world), changes = {}) {
  return rotateSecretBy(start)(rotateInputs, world.deps(changes));
}

describe("rotate-secret", () => {
  test("runs the command, requires another value, and replaces every task", async () => {
    const world = await ready();
    const requests: ProcessRequest[] = [];
    const start = command(world);
    const outputs = await rotate(world, (request) => {
      requests.push(request);
      return start(request);
    });

    expect(outputs).toEqual({ "previous-version": "2", "new-version": "3", "deployment-id": "ecs-svc/2001" });
    expect(world.changes()).toEqual(["spawn", "UpdateService"]);
    expect(requests[0]?.command).toEqual([
      "terragrunt",
      "apply",
      "-auto-approve",
      "-input=false",
      "-no-color",
    ]);
    expect(requests[0]?.cwd).toContain("infra/initial/mcps/servicenow");
    expect(requests[0]?.timeoutMs).toBe(20 * 60_000);
    const rotatedAt = world.ssm.version(3).at;
    const running = world.ecs.tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
    expect(running).toHaveLength(2);
    expect(running.every(({ startedAt }) => startedAt && startedAt > rotatedAt)).toBe(true);
    const record = await world.open();
    expect(record.latest("secret-disabled")?.data).toEqual({
      by: "Olga Oncall",
      at: "2026-11-21T02:50:00.000Z",
      confirmedBy: "oncall",
    });
    expect(record.latest("contained")?.data.details).toMatchObject({ previousVersion: 2, newVersion: 3 });
  });

  test("neither secret is printed, recorded or commented, and both are masked", async () => {
    const world = await ready();
    await rotate(world);
    const said = [
      ...world.printed,
      ...world.summaries,
      ...world.github.comments,
      ...world.s3.objects.values(),
    ].join("\n");
    expect(said).not.toContain(OLD_SECRET);
    expect(said).not.toContain(NEW_SECRET);
    expect(said).toContain("  | was ***");
    expect(world.masked).toEqual(expect.arrayContaining([OLD_SECRET, NEW_SECRET]));
    expect(world.printed.filter((line) => line.startsWith("::"))).toEqual([]);
  });

  test.each([
    ["nothing said", { disabledBy: undefined, disabledAt: undefined }],
    ["no moment", { disabledBy: "Olga Oncall", disabledAt: undefined }],
    ["no name", { disabledBy: undefined, disabledAt: disabled.disabledAt }],
  ])("refuses while nobody says that the old secret is disabled: %s", async (_what, said) => {
    const world = await ready();
    const attempt = rotateSecretBy(command(world))({ ...inputs, ...said }, world.deps());
    const [refusal] = await refusals(world, attempt);
    expect(refusal?.reason).toBe("secret-not-disabled");
    expect(refusal?.remedy).toContain(
      "gh workflow run contain.yml -f incident=42 -f environment=dev -f mcp=servicenow -f secret_disabled_by=",
    );
  });

  test("takes what an earlier dispatch said about it", async () => {
    const world = await ready();
    const record = await world.open();
    await record.append(
      "secret-disabled",
      { by: "Olga", at: "2026-11-21T02:50:00Z", confirmedBy: "oncall" },
      "earlier",
    );
    await rotateSecretBy(command(world))(
      { ...inputs, disabledBy: undefined, disabledAt: undefined },
      world.deps(),
    );
    expect(world.changes()).toEqual(["spawn", "UpdateService"]);
  });

  test("a moment in the future is bad input", async () => {
    const world = await ready();
    const future = { ...rotateInputs, disabledAt: new Date("2026-11-22T00:00:00Z") };
    const error = await failure(rotateSecretBy(command(world))(future, world.deps()));
    expect([error.reason, world.changes()]).toEqual(["bad-input", []]);
  });

  test("a dry run starts nothing", async () => {
    const world = await ready();
    const before = (await world.open()).entries.length;
    await rotateSecretBy(command(world))({ ...rotateInputs, dryRun: true }, world.deps());
    expect(world.changes()).toEqual([]);
    expect((await world.open()).entries).toHaveLength(before);
  });
});

describe("a rotation that did not rotate", () => {
  test("no new version: not-rotated", async () => {
    const world = await ready();
    const error = await failure(rotate(world, command(world, null)));
    expect(error.reason).toBe("not-rotated");
    expect(world.changes()).toEqual(["spawn"]);
    expect((await world.open()).latest("not-contained")?.data.reason).toBe("not-rotated");
  });

  test("a new version with the old value: not-rotated", async () => {
    const world = await ready();
    const error = await failure(rotate(world, command(world, OLD_SECRET)));
    expect([error.reason, error.message]).toEqual(["not-rotated", expect.stringContaining("same value")]);
    expect(world.changes()).toEqual(["spawn"]);
  });

  test("a command that fails: its output is in the log alone, what it wrote is masked, no deployment", async () => {
    const world = await ready();
    const error = await failure(rotate(world, command(world, NEW_SECRET, 1)));
    expect(error.reason).toBe("rotation-command-failed");
    expect(error.message).toContain("exit code 1");
    const kept = [
      error.message,
      ...world.summaries,
      ...world.github.comments,
      ...world.s3.objects.values(),
    ].join("\n");
    expect(kept).not.toContain("Apply complete");
    expect(world.printed.join("\n")).toContain("Apply complete");
    expect([...world.printed, kept].join("\n")).not.toContain(NEW_SECRET);
    expect(world.masked).toContain(NEW_SECRET);
    expect(world.changes()).toEqual(["spawn"]);
  });

  test("a command that is not there: rotation-command-missing", async () => {
    const world = await ready();
    const missing: StartProcess = async () => {
      throw new Error("spawn terragrunt ENOENT");
    };
    expect((await failure(rotate(world, missing))).reason).toBe("rotation-command-missing");
  });

  test("a documented fingerprint that the value does not have: evidence-altered, nothing started", async () => {
    const world = await ready();
    world.ssm.version(2).value = "another";
    const error = await failure(rotate(world));
    expect([error.reason, world.changes()]).toEqual(["evidence-altered", []]);
  });
});

describe("rotate-secret, killed and run again", () => {
  test("after the rotation: it is taken over, only the deployment is made", async () => {
    const world = await ready();
    world.before = (operation) => {
      if (operation === "UpdateService") throw new Error("the job was killed");
    };
    await failure(rotate(world));
    world.before = () => {};
    world.calls.length = 0;

    const outputs = await rotate(world, command(world), { runAttempt: 2 });

    expect(outputs).toMatchObject({ "previous-version": "2", "new-version": "3" });
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("in a later run the plan has the deployment only", async () => {
    const world = await ready();
    world.before = (operation) => {
      if (operation === "UpdateService") throw new Error("the job was killed");
    };
    await failure(rotate(world));
    world.before = () => {};
    world.calls.length = 0;
    await world.planIn(7002, "contain");
    const planned = (await world.open()).latest("planned")?.data.plan;
    expect(planned?.steps.map(({ id }) => id)).toEqual(["redeploy"]);

    await rotate(world, command(world), { runId: 7002 });
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("after it has contained: the same outputs, nothing changed", async () => {
    const world = await ready();
    const first = await rotate(world);
    world.calls.length = 0;
    expect(await rotate(world, command(world), { runAttempt: 2 })).toEqual(first);
    expect(world.changes()).toEqual([]);
  });

  test("somebody else's version since then is not taken for the rotation's", async () => {
    const world = await ready();
    world.before = (operation) => {
      if (operation === "UpdateService") throw new Error("the job was killed");
    };
    await failure(rotate(world));
    world.before = () => {};
    world.calls.length = 0;
    world.ssm.write("somebody else's");
    const found = await refusals(world, rotate(world, command(world), { runAttempt: 2 }));
    expect(found.map(({ reason }) => reason)).toEqual([
      "plan-drifted",
      "disabled-before-current-version",
      "parameter-changed-since-documented",
    ]);
    expect(target.parameter).toBe(world.ssm.name);
  });

  test("right after the deployment was forced: its own new tasks need no capture, and it is followed", async () => {
    const world = await ready();
    world.before = () => {
      if (world.calls.includes("UpdateService")) throw new Error("the job was killed");
    };
    await failure(rotate(world));
    world.before = () => {};
    await world.clock.sleep(60_000);
    expect(world.ecs.tasks.some((task) => task.startedBy === "ecs-svc/2001")).toBe(true);
    world.calls.length = 0;

    const outputs = await rotate(world, command(world), { runAttempt: 2 });

    expect(outputs).toMatchObject({ "new-version": "3", "deployment-id": "ecs-svc/2001" });
    expect(world.changes()).toEqual([]);
  });

  test("a task of somebody else's deployment does need one", async () => {
    const world = await ready();
    world.before = () => {
      if (world.calls.includes("UpdateService")) throw new Error("the job was killed");
    };
    await failure(rotate(world));
    world.before = () => {};
    await world.clock.sleep(60_000);
    world.ecs.startTask("a-person");
    world.calls.length = 0;
    const found = await refusals(world, rotate(world, command(world), { runAttempt: 2 }));
    expect(found.map(({ reason }) => reason)).toEqual(["capture-does-not-cover-new-task"]);
  });
});

describe("a task that starts while the rotation command runs", () => {
  async function met(): Promise<GateWorld> {
    const world = await ready();
    const start = command(world);
    const error = await failure(
      rotate(world, (request) => {
        world.ecs.startTask("ecs-svc/1000");
        return start(request);
      }),
    );
    expect(error.reason).toBe("capture-does-not-cover-new-task");
    expect(error.remedy).toContain("Preserve again: gh workflow run preserve.yml");
    expect(error.remedy).toContain("it plans the deployment only");
    expect(world.changes()).toEqual(["spawn"]);
    expect((await world.open()).latest("not-contained")?.data.message).toContain("The rotation stands");
    return world;
  }

  test("is not ended without its log", met);

  test("is captured by preserving again; then contain.yml deploys, and does not rotate", async () => {
    const world = await met();
    await seal(world, { capture: "7005" });
    await world.clock.sleep(10_000);
    await world.planIn(7002, "contain");
    world.calls.length = 0;
    const outputs = await rotate(world, command(world), { runId: 7002 });
    expect(outputs).toMatchObject({ "previous-version": "2", "new-version": "3" });
    expect(world.changes()).toEqual(["UpdateService"]);
  });
});

describe("a rotation command that was cut short after it had written", () => {
  /** The job dies with its command; the next run finds version 3. */
  async function cutShort(value: string): Promise<GateWorld> {
    const world = await ready();
    const start: StartProcess = async () => {
      world.ssm.write(value);
      world.s3.fail = (operation) => (operation === "PutObject" ? new Error("killed") : undefined);
      throw new Error("killed");
    };
    await failure(rotate(world, start));
    world.s3.fail = () => undefined;
    await world.clock.sleep(10_000);
    world.calls.length = 0;
    return world;
  }

  async function inLaterRun(world: GateWorld, runId: number): Promise<void> {
    await seal(world, { capture: String(runId) });
    await world.clock.sleep(10_000);
    await world.planIn(runId, "contain");
  }

  test("is not this run's own change: what it wrote has to be documented and planned for", async () => {
    const world = await cutShort(NEW_SECRET);
    const found = await refusals(world, rotate(world, command(world), { runAttempt: 2 }));
    expect(found.map(({ reason }) => reason)).toEqual(["plan-drifted", "parameter-changed-since-documented"]);
  });

  test("counts as the rotation: the new plan says so and holds the deployment only", async () => {
    const world = await cutShort(NEW_SECRET);
    await inLaterRun(world, 7002);
    const steps = (await world.open()).latest("planned")?.data.plan.steps ?? [];
    expect(steps.map(({ id }) => id)).toEqual(["redeploy"]);
    expect(steps[0]?.text).toContain("cut short seems to have brought the parameter from version 2 to 3");

    const outputs = await rotate(world, command(world, null), { runId: 7002 });

    expect(outputs).toMatchObject({ "previous-version": "2", "new-version": "3" });
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("and that run, killed in turn, goes on with the plan that was approved", async () => {
    const world = await cutShort(NEW_SECRET);
    await inLaterRun(world, 7002);
    world.before = (operation) => {
      if (operation === "UpdateService") throw new Error("the job was killed");
    };
    await failure(rotate(world, command(world, null), { runId: 7002 }));
    world.before = () => {};
    world.calls.length = 0;
    await rotate(world, command(world, null), { runId: 7002, runAttempt: 2 });
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("counts not when the value is the old one: not-rotated, and the next plan rotates", async () => {
    const world = await cutShort(OLD_SECRET);
    await inLaterRun(world, 7002);
    const error = await failure(rotate(world, command(world), { runId: 7002 }));
    expect([error.reason, world.changes()]).toEqual(["not-rotated", []]);

    await inLaterRun(world, 7003);
    const again = { ...rotateInputs, disabledAt: world.clock.now() };
    await rotateSecretBy(command(world))(again, world.deps({ runId: 7003 }));
    expect(world.changes()).toEqual(["spawn", "UpdateService"]);
    expect((await world.open()).latest("contained")?.data.details).toMatchObject({
      previousVersion: 3,
      newVersion: 4,
    });
  });
});

describe("the moment when the old secret was disabled", () => {
  test("may not lie before the version that holds it: disabled-before-current-version", async () => {
    const world = await ready();
    const early = { ...rotateInputs, disabledAt: new Date("2026-09-30T00:00:00Z") };
    const found = await refusals(world, rotateSecretBy(command(world))(early, world.deps()));
    expect(found.map(({ reason }) => reason)).toEqual(["disabled-before-current-version"]);
    expect(found[0]?.message).toContain("2026-10-01T09:00:00.000Z");
  });
});
