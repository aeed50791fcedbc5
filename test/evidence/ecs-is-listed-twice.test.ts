import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import { observeService } from "../../src/evidence/service-view.ts";
import { collectEcs } from "../../src/evidence/sources/ecs.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";

describe("the second listing of the tasks", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform({ tasks: [TASK, OTHER] });
  });
  afterEach(() => platform.close());

  /** The source, with a view of the service from before the world moved on. */
  async function sourceWith(view: Awaited<ReturnType<typeof observeService>>) {
    return { ...(await platform.source()), service: async () => view };
  }

  test("a task that started after the look is named, and a supplementary capture documents it", async () => {
    const { aws } = platform;
    const source = await platform.source();
    const now = await observeService(aws, source.clock, target);
    const then = { ...now, tasks: now.tasks.filter(({ id }) => id === TASK) };
    const first = await collectEcs(await sourceWith(then));
    expect(first.record.status).toBe("complete");
    expect(first.record.expected).toMatchObject({ tasks: 2 });
    expect(first.record.collected).toMatchObject({ tasks: 1 });
    expect(first.record.pending).toMatchObject([{ what: `task ${OTHER}` }]);

    const manifest = { incident: "INC-42", capture: "7001", items: first.items, sources: [first.record] };
    const earlier = [{ capture: "7001", manifest } as unknown as SealedCapture];
    const folder = "incidents/INC-42/captures/7002/";
    const second = await collectEcs({
      ...source,
      earlier,
      capture: "7002",
      folder,
      present: new Set<string>(),
    });
    expect(second.items.map(({ key }) => key.slice(folder.length))).toEqual(["ecs/tasks-since.json"]);
    expect(second.record).toMatchObject({ status: "complete", tasks: [{ taskId: OTHER }] });
    expect(second.record.pending).toBeUndefined();
    expect(second.record.expected).toMatchObject({ tasks: 2 });
    expect(second.record.collected).toMatchObject({ tasks: 2 });
    expect(second.record.roles?.[0]?.key).toMatch(/captures\/7001\/iam\//);
  });

  test("a task that ECS has forgotten meanwhile is named; what is documented of it stays", async () => {
    const source = await platform.source();
    const view = await observeService(platform.aws, source.clock, target);
    const ecs = {
      send: async (command: { constructor: { name: string } }) =>
        command.constructor.name === "ListTasksCommand"
          ? { taskArns: view.tasks.filter(({ id }) => id === TASK).map(({ task }) => task.taskArn) }
          : platform.aws.ecs.send(command as never),
    };
    const { record } = await collectEcs({
      ...(await sourceWith(view)),
      aws: { ...platform.aws, ecs: ecs as never },
    });
    expect(record.expected.goneMeanwhile).toBe(OTHER);
    expect(record.tasks.map(({ taskId }) => taskId)).toEqual([TASK, OTHER]);
    expect(record.status).toBe("complete");
  });
});
