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

  test("a command that fails: its last lines, hidden secrets, no deployment", async () => {
    const world = await ready();
    const error = await failure(rotate(world, command(world, NEW_SECRET, 1)));
    expect(error.reason).toBe("rotation-command-failed");
    expect(error.message).toContain("exit code 1");
    expect(error.message).toContain("Apply complete");
    expect(error.message).not.toContain(NEW_SECRET);
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
    expect(found.map(({ reason }) => reason)).toEqual(["plan-drifted", "parameter-changed-since-documented"]);
    expect(target.parameter).toBe(world.ssm.name);
  });
});
