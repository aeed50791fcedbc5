import { describe, expect, test } from "@jest/globals";
import { rotateSecretBy } from "../../src/actions/rotate-secret/run.ts";
import { run } from "../../src/actions/scale-down/run.ts";
import { recordPlan } from "../../src/containment/record-plan.ts";
import { seal } from "../support/gate-capture.ts";
import { failure, refusals } from "../support/gate-expect.ts";
import { GateWorld, inputs, NEW_SECRET, runbook, target } from "../support/gate-world.ts";

const RUN = 7002;
const REASON = "The service crash-loops: every capture is behind the tasks before it is sealed.";

/** A service whose tasks die and are replaced: what was captured is gone, what runs is in no capture. */
async function crashLooping(options: ConstructorParameters<typeof GateWorld>[0] = {}): Promise<GateWorld> {
  const world = new GateWorld({ severity: "critical", ...options });
  await world.declare();
  await seal(world);
  await world.clock.sleep(5_000);
  replaceTask(world);
  return world;
}

function replaceTask(world: GateWorld): string {
  const task = world.ecs.startTask("ecs-svc/1000");
  return task.taskArn?.split("/").at(-1) ?? "";
}

/** As break-glass.yml leaves it when somebody has approved there. */
async function approved(world: GateWorld, reason = REASON): Promise<GateWorld> {
  await world.askToBreakGlass(RUN, reason);
  world.github.breakGlass();
  return world;
}

const contain = (world: GateWorld) => run(inputs, world.deps({ runId: RUN }));
const kinds = async (world: GateWorld) => (await world.open()).entries.map(({ kind }) => kind);

async function refusedReasons(world: GateWorld): Promise<string[]> {
  const found = await refusals(world, contain(world));
  expect(await kinds(world)).not.toContain("glass-broken");
  return found.map(({ reason }) => reason);
}

describe("a broken glass", () => {
  test("is what the ordinary gate points to, at severity Critical alone", async () => {
    const remedyAt = async (severity: "critical" | "high") => {
      const world = await crashLooping({ severity });
      world.github.approve();
      const [refusal] = await refusals(world, run(inputs, world.deps()));
      expect(refusal?.reason).toBe("capture-does-not-cover-new-task");
      return refusal?.remedy;
    };
    expect(await remedyAt("critical")).toContain("gh workflow run break-glass.yml -f incident=42");
    expect(await remedyAt("high")).not.toContain("break-glass");
  });

  test("contains without the evidence, and names what was skipped before anything changes", async () => {
    const world = await approved(await crashLooping());
    await contain(world);
    expect(world.changes()).toEqual(["UpdateService"]);
    const record = await world.open();
    const order = record.entries.map(({ kind }) => kind);
    const [broken, ...more] = record.all("glass-broken");
    expect(more).toEqual([]);
    expect(broken?.data).toMatchObject({
      action: "scale-down",
      reason: REASON,
      environment: "break-glass-dev",
      approvals: [{ login: "someone-else", environment: "break-glass-dev" }],
      skipped: [{ reason: "capture-does-not-cover-new-task" }],
    });
    expect(order.indexOf("glass-broken")).toBeLessThan(order.indexOf("gate-passed"));
    expect(order.indexOf("gate-passed")).toBeLessThan(order.indexOf("change-intended"));
    expect(order.at(-1)).toBe("contained");
    expect(record.latest("gate-passed")?.data).toMatchObject({ capture: null, manifestSha256: null });
    expect(record.latest("gate-passed")?.data.checks.join()).toContain(
      "glass broken: without capture-does-not-cover-new-task",
    );
  });

  test("cannot be missed: label, top of the issue, comment, summary, and everyone who has to be told", async () => {
    const world = await approved(await crashLooping());
    await contain(world);
    expect(world.github.labels).toContain("break-glass");
    const top = world.github.body.slice(0, world.github.body.indexOf("## Facts"));
    for (const text of ["GLASS BROKEN", REASON, "capture-does-not-cover-new-task", "someone-else"]) {
      expect(top).toContain(text);
    }
    const comment = world.github.comments.find((one) => one.includes("**Glass broken**"));
    for (const text of [REASON, "globalsecops@", "runs now and is not covered"]) {
      expect(comment).toContain(text);
      expect(world.summaries.join()).toContain(text);
    }
    const due = (await world.open()).all("escalation-due").at(-1);
    expect(due?.data.recipients.map(({ who }) => who)).toContain("Global Security Operations (GSO)");
  });

  test.each([
    ["after the gate has decided", 1, ["glass-broken", "gate-passed", "glass-broken", "change-intended"]],
    [
      "when the change is announced",
      2,
      ["glass-broken", "gate-passed", "change-intended", "glass-broken", "change-made"],
    ],
  ])("names a task, too, that starts %s", async (_when, nth, order) => {
    const world = await approved(await crashLooping());
    let [late, puts] = ["", 0];
    world.s3.fail = (operation, key) => {
      const entry = operation === "PutObject" && key.includes("/ledger/");
      // The first entries after the broken glass was told are the gate's pass and the announcement of the change.
      if (entry && world.summaries.join().includes("Glass broken")) puts += 1;
      if (puts === nth && late === "") late = replaceTask(world);
      return undefined;
    };
    await contain(world);
    const record = await world.open();
    const skipped = record.all("glass-broken").map(({ data }) => data.skipped.map(({ message }) => message));
    expect(skipped).toEqual([
      [expect.not.stringContaining(late)],
      [expect.stringContaining(`Task ${late},`)],
    ]);
    const seen = record.entries.map(({ kind }) => kind).filter((kind) => order.includes(kind));
    expect(seen.slice(0, order.length)).toEqual(order);
  });

  test("is broken where no capture came to its seal at all", async () => {
    const world = new GateWorld({ severity: "critical" });
    const record = await world.declare();
    const { from, to } = record.facts.window;
    const started = { capture: "7001", sources: ["cloudwatch-logs"], from, to };
    await record.append("capture-started", started, "capture-started/7001");
    await approved(world);
    await contain(world);
    const skipped = (await world.open()).all("glass-broken").flatMap(({ data }) => data.skipped);
    expect(skipped.map(({ reason }) => reason)).toEqual(["no-capture"]);
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("is broken where somebody has spoilt a manifest, which keeps every capture from being read", async () => {
    const world = await crashLooping();
    const key = "incidents/INC-42/captures/9999/manifest.json";
    world.s3.objects.set(key, Buffer.from("{}"));
    await approved(world);
    await contain(world);
    const skipped = (await world.open()).all("glass-broken").flatMap(({ data }) => data.skipped);
    expect(skipped.map(({ reason }) => reason)).toEqual(["manifest-broken"]);
    expect(world.changes()).toEqual(["UpdateService"]);
  });

  test("is told of by the next attempt when the first one dies right after it", async () => {
    const world = await approved(await crashLooping());
    const broken = () => [...world.s3.objects.values()].some((bytes) => bytes.includes('"glass-broken"'));
    world.s3.fail = (operation) => (operation === "PutObject" && broken() ? new Error("killed") : undefined);
    await failure(contain(world));
    world.s3.fail = () => undefined;
    expect(await kinds(world)).toContain("glass-broken");
    expect((await world.open()).all("escalation-due")).toEqual([]);
    await run(inputs, world.deps({ runId: RUN, runAttempt: 2 }));
    const record = await world.open();
    expect(record.all("glass-broken")).toHaveLength(1);
    expect(record.all("escalation-due")).toHaveLength(1);
    expect(world.github.comments.filter((one) => one.includes("**Glass broken**"))).toHaveLength(1);
  });

  test("stays whole when the evidence is there after all", async () => {
    const world = await approved(await crashLooping());
    await seal(world, { capture: "7009" });
    await contain(world);
    expect(await kinds(world)).not.toContain("glass-broken");
    expect((await world.open()).latest("gate-passed")?.data.capture).toBe("7009");
  });

  test("lets a secret be rotated whose version nobody documented, and another value is proved all the same", async () => {
    const world = await crashLooping({ type: "client-secret-compromised" });
    world.ssm.write("written since, by somebody else");
    await world.clock.sleep(5_000);
    const disabled = { disabledBy: "Olga Oncall", disabledAt: world.clock.now() };
    const rotate = (value: string) =>
      rotateSecretBy(async () => {
        world.calls.push("spawn");
        await world.clock.sleep(1_000);
        world.ssm.write(value);
        return { exitCode: 0, signal: null, timedOut: false };
      })({ ...inputs, ...disabled }, world.deps({ runId: RUN }));
    await approved(world);
    expect(await rotate(NEW_SECRET)).toMatchObject({ "previous-version": "3", "new-version": "4" });
    const skipped = (await world.open()).all("glass-broken").flatMap(({ data }) => data.skipped);
    expect(skipped.map(({ reason }) => reason)).toContain("parameter-changed-since-documented");
    expect(world.printed.join()).not.toContain(NEW_SECRET);
    expect(world.masked).toContain("written since, by somebody else");
  });

  test("is no excuse for a rotation that gives the same value", async () => {
    const world = await approved(await crashLooping({ type: "client-secret-compromised" }));
    const value = world.ssm.versions.at(-1)?.value ?? "";
    await world.clock.sleep(5_000);
    const error = await failure(
      rotateSecretBy(async () => {
        world.ssm.write(value);
        return { exitCode: 0, signal: null, timedOut: false };
      })({ ...inputs, disabledBy: "Olga Oncall", disabledAt: world.clock.now() }, world.deps({ runId: RUN })),
    );
    expect(error.reason).toBe("not-rotated");
  });
});

describe("a glass is never broken", () => {
  test.each([
    ["without an approval", ["not-approved"], () => {}],
    ["by whoever asked", ["self-approval"], (world: GateWorld) => world.github.breakGlass("oncall")],
    [
      "by those who approve ordinary containments",
      ["not-approved"],
      (world: GateWorld) => world.github.approve(),
    ],
    [
      "against a rejection",
      ["rejected"],
      (world: GateWorld) => {
        world.github.breakGlass();
        world.github.breakGlass("oncall-reviewer", "rejected");
      },
    ],
    [
      "in an environment without reviewers",
      ["unprotected-environment"],
      (world: GateWorld) => {
        world.github.breakGlass();
        world.github.glass = { createdAt: new Date("2026-01-01T00:00:00Z"), reviewers: [] };
      },
    ],
    [
      "in an environment that does not exist",
      ["missing-environment"],
      (world: GateWorld) => {
        world.github.breakGlass();
        world.github.glass = null;
      },
    ],
    [
      "for another plan than the one that was approved",
      ["plan-drifted"],
      (world: GateWorld) => {
        world.github.breakGlass();
        world.ecs.desiredCount = 9;
      },
    ],
    [
      "by somebody whom GitHub does not name",
      ["dispatcher-unknown"],
      (world: GateWorld) => {
        world.github.breakGlass();
        world.github.actor = null;
      },
    ],
  ])("%s", async (_how, expected, prepare) => {
    const world = await crashLooping();
    await world.askToBreakGlass(RUN, REASON);
    prepare(world);
    expect(await refusedReasons(world)).toEqual(expected);
  });

  test("where a look at the evidence could not be made: it may have been there", async () => {
    const world = await approved(await crashLooping());
    world.before = (operation) => {
      if (operation === "ListTasks") throw new Error("ThrottlingException");
    };
    expect(await refusedReasons(world)).toEqual(["check-failed"]);
  });

  test("where the ledger cannot take what is skipped", async () => {
    const world = await approved(await crashLooping());
    world.s3.fail = (operation) => (operation === "PutObject" ? new Error("AccessDenied") : undefined);
    await expect(contain(world)).rejects.toThrow("AccessDenied");
    expect(world.changes()).toEqual([]);
  });

  test("below Critical: nobody is asked, and the gate refuses a plan that says so all the same", async () => {
    const world = await crashLooping({ severity: "high" });
    const error = await failure(world.askToBreakGlass(RUN, REASON));
    expect([error.reason, await kinds(world)]).toEqual([
      "not-critical",
      expect.not.arrayContaining(["glass-broken"]),
    ]);
    expect((await world.open()).all("planned")).toHaveLength(1);
    const record = await world.open({ runId: RUN });
    const planned = record.latest("planned")?.data;
    if (!planned) throw new Error("nothing was planned");
    const forged = { ...planned, runId: RUN, approvalsBefore: 0, reviewsBefore: [] };
    await record.append("planned", { ...forged, breakGlass: { reason: REASON } }, "planned/forged");
    world.github.breakGlass();
    expect(await refusedReasons(world)).toEqual(["not-critical"]);
  });

  test.each(["", "because", "!!!!!!!!!!!!!!!!!!!!!!!!!!", "Evidenceisnotavailablenow", "a b c d e f g"])(
    "for the reason %p",
    async (reason) => {
      const error = await failure(ask(await crashLooping(), reason));
      expect(error.reason).toBe("reason-too-short");
    },
  );

  test("before anybody has tried to preserve", async () => {
    const world = new GateWorld({ severity: "critical" });
    await world.declare();
    const error = await failure(world.askToBreakGlass(RUN, REASON));
    expect(error.reason).toBe("evidence-not-tried");
    expect(error.remedy).toContain("gh workflow run preserve.yml -f incident=42");
  });

  test("where the runbook names no environment for it", async () => {
    const world = await crashLooping();
    const record = await world.open({ runId: RUN });
    Object.assign(record.target, { breakGlassEnvironment: null });
    const asked = recordPlan(world.deps({ runId: RUN }), record, "contain", undefined, { reason: REASON });
    expect((await failure(asked)).reason).toBe("break-glass-not-set-up");
    expect([target.breakGlassEnvironment, runbook.environments.dev?.break_glass_environment]).toEqual([
      "break-glass-dev",
      "break-glass-{env}",
    ]);
  });

  test.each(["restore", "undo"] as const)("to %s", async (change) => {
    const world = await crashLooping();
    const record = await world.open({ runId: RUN });
    const asked = recordPlan(world.deps({ runId: RUN }), record, change, undefined, { reason: REASON });
    expect((await failure(asked)).reason).toBe("break-glass-only-contains");
  });
});

function ask(world: GateWorld, reason: string): Promise<void> {
  return world.askToBreakGlass(RUN, reason);
}

test("an ordinary containment that still waits for its capture finds the plan drifted, and changes nothing", async () => {
  const world = await crashLooping();
  world.github.jobs = [{ name: "preserve", status: "in_progress", conclusion: null }];
  world.github.approve();
  await world.askToBreakGlass(RUN, REASON);
  world.github.approve();
  world.github.breakGlass();
  const ordinary = failure(run(inputs, world.deps()));
  const between = world.clock.sleep(60_000).then(() => contain(world));
  await between;
  world.github.jobs = [{ name: "preserve", status: "completed", conclusion: "success" }];
  expect((await ordinary).message).toContain("[plan-drifted]");
  expect(world.changes()).toEqual(["UpdateService"]);
});
