import type { Task } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import { sourceOf } from "../../src/evidence/manifest.ts";
import { seal } from "../support/gate-capture.ts";
import { failure, refusals, refusedScaleDown } from "../support/gate-expect.ts";
import { GateWorld, inputs } from "../support/gate-world.ts";

async function approved(tasks = 2): Promise<GateWorld> {
  const world = new GateWorld({ tasks });
  await world.declare();
  world.github.approve();
  return world;
}

/** DescribeTasks does not know this task for its first `times` answers, though ListTasks names it. */
function hide(world: GateWorld, ghost: Task, times: number): void {
  const send = world.ecs.send.bind(world.ecs);
  let asked = 0;
  world.ecs.send = (operation, input) => {
    const answer = send(operation, input);
    if (operation !== "DescribeTasks") return answer;
    asked += 1;
    if (asked > times) return answer;
    const { tasks } = answer as { tasks: Task[] };
    return { tasks: tasks.filter((task) => task !== ghost), failures: [{ reason: "MISSING" }] };
  };
}

describe("a capture serves", () => {
  test("not when there is none: no-capture, with the command that makes one", async () => {
    const world = await approved();
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect(refusal?.reason).toBe("no-capture");
    expect(refusal?.remedy).toContain(
      "gh workflow run preserve.yml -f incident=42 -f environment=dev -f mcp=servicenow",
    );
  });

  test("not when a task started after it", async () => {
    const world = await approved();
    await seal(world);
    await world.clock.sleep(1_000);
    const fresh = world.ecs.startTask("ecs-svc/1000");
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect(refusal?.reason).toBe("capture-does-not-cover-new-task");
    expect(refusal?.message).toContain(fresh.taskArn?.split("/").at(-1));
  });

  test("not when a task that it knew as pending began to run after its streams were read", async () => {
    const world = await approved();
    const task = world.ecs.startTask("ecs-svc/1000", "PENDING");
    await seal(world);
    await world.clock.sleep(1_000);
    Object.assign(task, { lastStatus: "RUNNING", startedAt: world.clock.now() });
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
  });

  test("when the new task has run nothing yet", async () => {
    const world = await approved();
    await seal(world);
    const task = world.ecs.startTask("ecs-svc/1000", "PROVISIONING");
    Object.assign(task, { containers: [{ name: "app", lastStatus: "PENDING" }] });
    world.clock.after(5_000, () => world.ecs.stopTask(task, "scaled in"));
    expect(await run(inputs, world.deps())).toMatchObject({ "previous-desired-count": "2" });
  });

  test("not when an activating task's container runs already", async () => {
    const world = await approved();
    await seal(world);
    world.ecs.startTask("ecs-svc/1000", "ACTIVATING");
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
  });

  test("not when a new task is already stopping: its code still runs", async () => {
    const world = await approved();
    await seal(world);
    world.ecs.stubborn = true;
    world.ecs.stopTask(world.ecs.startTask("ecs-svc/1000"), "health check");
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
  });

  test("not when a stream of a running task is incomplete", async () => {
    const world = await approved(1);
    await seal(world, {
      edit: (manifest) => {
        const stream = sourceOf(manifest, "cloudwatch-logs")?.streams[0];
        if (stream) stream.complete = false;
      },
    });
    expect(await refusedScaleDown(world)).toEqual(["capture-incomplete"]);
  });

  test("not when one container of a running task is captured and another is not", async () => {
    const world = await approved(1);
    await seal(world, {
      edit: (manifest) => {
        const task = sourceOf(manifest, "ecs")?.tasks[0];
        Object.assign(task ?? {}, {
          uncaptured: [{ container: "sidecar", why: "it logs through the driver splunk" }],
        });
      },
    });
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect([refusal?.reason, refusal?.message]).toEqual([
      "capture-incomplete",
      expect.stringContaining("container sidecar: it logs through the driver splunk"),
    ]);
    expect(refusal?.remedy).toContain("Export that output by hand");
  });

  test("not when no stream of a running task is known", async () => {
    const world = await approved(1);
    await seal(world, {
      edit: (manifest) => {
        const task = sourceOf(manifest, "ecs")?.tasks[0];
        if (task) task.streams = [];
      },
    });
    expect(await refusedScaleDown(world)).toEqual(["capture-incomplete"]);
  });

  test("not when a stream of the task's name is captured from one log group and not from another", async () => {
    const world = await approved(1);
    await seal(world, {
      edit: (manifest) => {
        const streams = sourceOf(manifest, "cloudwatch-logs")?.streams ?? [];
        const [first] = streams;
        const missing = { key: null, complete: false, through: null };
        if (first) streams.push({ ...first, group: "/zz/the-group-of-the-task", ...missing });
      },
    });
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect([refusal?.reason, refusal?.message]).toEqual([
      "capture-incomplete",
      expect.stringContaining("/zz/the-group-of-the-task:ecs/app/"),
    ]);
  });

  test("not while ECS lists a task as meant to run and does not describe it: check-failed", async () => {
    const world = await approved(1);
    await seal(world);
    const ghost = world.ecs.startTask("ecs-svc/1000");
    hide(world, ghost, Number.POSITIVE_INFINITY);
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect([refusal?.reason, refusal?.message]).toEqual([
      "check-failed",
      expect.stringContaining(ghost.taskArn ?? ""),
    ]);
  });

  test("not when ECS describes a new task only at the third try", async () => {
    const world = await approved(1);
    await seal(world);
    await world.clock.sleep(1_000);
    hide(world, world.ecs.startTask("ecs-svc/1000"), 2);
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
  });

  test("not any more when a task starts while scaling is suspended", async () => {
    const world = new GateWorld({ tasks: 2 });
    world.ecs.scaling = { min: 2, max: 6, suspended: [false, false, false] };
    await world.declare();
    await seal(world);
    world.github.approve();
    world.before = (operation) => {
      if (operation === "RegisterScalableTarget") world.ecs.startTask("ecs-svc/1000");
    };
    const error = await failure(run(inputs, world.deps()));
    expect(error.reason).toBe("capture-does-not-cover-new-task");
    expect(error.remedy).toMatch(/^Preserve again: gh workflow run preserve\.yml/);
    expect(world.changes()).toEqual(["RegisterScalableTarget"]);
    expect((await world.open()).latest("not-contained")?.data.message).toContain("No task was ended");
  });

  test("an older one, when the newest does not", async () => {
    const world = await approved(1);
    await seal(world, { capture: "7001" });
    await world.clock.sleep(1_000);
    await seal(world, {
      capture: "7002",
      edit: (manifest) => {
        for (const stream of sourceOf(manifest, "cloudwatch-logs")?.streams ?? []) stream.complete = false;
      },
    });
    await run(inputs, world.deps());
    expect((await world.open()).latest("gate-passed")?.data.capture).toBe("7001");
  });

  test("not any more when a task starts between the gate and the first change", async () => {
    const world = await approved(1);
    await seal(world);
    const started = world.ecs.tasks.length;
    world.before = (operation) => {
      const passed = world.printed.some((line) => line.includes("covers every task that runs now"));
      if (operation === "ListTasks" && passed && world.ecs.tasks.length === started) {
        world.ecs.startTask("ecs-svc/1000");
      }
    };
    expect(await refusedScaleDown(world)).toEqual(["capture-does-not-cover-new-task"]);
    expect((await world.open()).latest("gate-passed")).toBeDefined();
  });
});

describe("a capture that was tampered with", () => {
  test("a manifest other than the one in the ledger: evidence-altered", async () => {
    const world = await approved();
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.endsWith("manifest.json")) ?? "";
    world.s3.objects.set(
      key,
      Buffer.concat([world.s3.objects.get(key) ?? Buffer.alloc(0), Buffer.from("\n")]),
    );
    expect(await refusedScaleDown(world)).toEqual(["evidence-altered"]);
  });

  test("a manifest that is none: manifest-broken", async () => {
    const world = await approved();
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.endsWith("manifest.json")) ?? "";
    world.s3.objects.set(key, Buffer.from("{}"));
    expect(await refusedScaleDown(world)).toEqual(["manifest-broken"]);
  });

  test.each([
    ["with other bytes", Buffer.from("forged")],
    ["of the same length", undefined],
    ["missing", null],
  ])("a log item %s: evidence-altered", async (_how, bytes) => {
    const world = await approved(1);
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.includes("cloudwatch-logs/")) ?? "";
    const genuine = world.s3.objects.get(key) ?? Buffer.alloc(0);
    if (bytes === null) world.s3.objects.delete(key);
    else world.s3.objects.set(key, bytes ?? Buffer.from(genuine.map((byte) => byte ^ 1)));
    expect(await refusedScaleDown(world)).toEqual(["evidence-altered"]);
  });

  test("a multipart log item, of which S3 has no digest, of another size: evidence-altered", async () => {
    const world = await approved(1);
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.includes("cloudwatch-logs/")) ?? "";
    world.s3.objects.set(key, Buffer.from("shorter"));
    const send = async (command: Parameters<typeof world.s3.send>[0]) => {
      const answer = (await world.s3.send(command)) as Record<string, unknown>;
      return command.input.Key === key ? { ...answer, ChecksumSHA256: undefined } : answer;
    };
    Object.assign(world.s3.client, { send });
    expect(await refusedScaleDown(world)).toEqual(["evidence-altered"]);
  });

  test("a log item that the manifest does not list: evidence-altered", async () => {
    const world = await approved(1);
    await seal(world, {
      edit: (manifest) => {
        manifest.items = manifest.items.filter(({ source }) => source !== "cloudwatch-logs");
      },
    });
    expect(await refusedScaleDown(world)).toEqual(["evidence-altered"]);
  });

  test("sealed, and not in the ledger: capture-unrecorded", async () => {
    const world = await approved();
    await seal(world, { recorded: false });
    expect(await refusedScaleDown(world)).toEqual(["capture-unrecorded"]);
  });

  test("a broken ledger stops before the gate", async () => {
    const world = await approved();
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.endsWith("00000002.json")) ?? "";
    world.s3.objects.set(key, Buffer.from("{}"));
    expect((await failure(run(inputs, world.deps()))).reason).toBe("ledger-broken");
    expect(world.changes()).toEqual([]);
  });
});

describe("the label", () => {
  test.each([
    ["incidentDate", undefined],
    ["description", "  "],
    ["exportedBy", { login: "oncall", name: "" }],
  ])("without its %s: label-incomplete", async (field, value) => {
    const world = await approved();
    await seal(world, { label: { [field]: value } });
    const [refusal] = await refusals(world, run(inputs, world.deps()));
    expect(refusal?.reason).toBe("label-incomplete");
    expect(refusal?.message).toContain(field);
  });

  test("other than the manifest's: evidence-altered", async () => {
    const world = await approved();
    await seal(world);
    const key = [...world.s3.objects.keys()].find((name) => name.endsWith("label.json")) ?? "";
    world.s3.objects.set(key, Buffer.from("{}"));
    expect(await refusedScaleDown(world)).toContain("evidence-altered");
  });
});
