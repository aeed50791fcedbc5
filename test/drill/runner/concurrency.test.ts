import { describe, expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import { ConcurrencyTable } from "../../../drill/runner/index.ts";
import { runYaml } from "./run-fixture.ts";

function request(
  group: string,
  more: { cancelInProgress?: boolean; queue?: "single" | "max"; cancelled?: string[] } = {},
) {
  return {
    group,
    cancelInProgress: more.cancelInProgress ?? false,
    queue: more.queue ?? ("single" as const),
    cancelHolder: (reason: string) => void more.cancelled?.push(reason),
  };
}

describe("the table", () => {
  test("keeps one pending request and cancels the one before it", async () => {
    const table = new ConcurrencyTable();
    const release = await table.acquire(request("Deploy"));
    const older = table.acquire(request("deploy"));
    const newer = table.acquire(request("deploy"));
    await expect(older).rejects.toThrow(
      "Canceling since a higher priority waiting request for 'deploy' exists",
    );
    release();
    (await newer)();
    (await table.acquire(request("deploy")))();
  });

  test("queue: max keeps them in order", async () => {
    const table = new ConcurrencyTable();
    const order: number[] = [];
    const release = await table.acquire(request("g"));
    const all = [1, 2, 3].map(async (number) => {
      const done = await table.acquire(request("g", { queue: "max" }));
      order.push(number);
      done();
    });
    release();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
  });

  test("cancel-in-progress tells the holder", async () => {
    const table = new ConcurrencyTable();
    const cancelled: string[] = [];
    const release = await table.acquire(request("g", { cancelled }));
    const next = table.acquire(request("g", { cancelInProgress: true }));
    expect(cancelled).toHaveLength(1);
    release();
    (await next)();
  });

  test("a request can be given up while it waits", async () => {
    const table = new ConcurrencyTable();
    const release = await table.acquire(request("g"));
    const controller = new AbortController();
    const waiting = table.acquire({ ...request("g"), signal: controller.signal });
    controller.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    release();
  });
});

describe("the key", () => {
  const workflow = (concurrency: string) =>
    `concurrency: ${concurrency}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: sleep 0.5}]\n`;

  test("of a workflow lets one run after the other", async () => {
    const concurrency = new ConcurrencyTable();
    const clock = createClock({ speed: 1 });
    const yaml = workflow("incident-${{ github.actor }}");
    const [first, second] = await Promise.all([
      runYaml(yaml, { clock, options: { concurrency } }),
      runYaml(yaml, { clock, options: { concurrency } }),
    ]);
    const [early, late] = [first, second].sort(
      (a, b) => (a.jobs[0]?.startedAt ?? 0) - (b.jobs[0]?.startedAt ?? 0),
    );
    expect(late?.run.conclusion).toBe("success");
    expect(late?.jobs[0]?.startedAt).toBeGreaterThanOrEqual(early?.jobs[0]?.completedAt ?? 0);
  });

  test("with cancel-in-progress the newer run cancels the older", async () => {
    const concurrency = new ConcurrencyTable();
    const yaml = workflow("{group: g, cancel-in-progress: true}");
    const results = await Promise.all([
      runYaml(yaml, { options: { concurrency } }),
      runYaml(yaml, { options: { concurrency } }),
    ]);
    expect(results.map((each) => each.run.conclusion).sort()).toEqual(["cancelled", "success"]);
  });

  test("of a job that its run holds already is a deadlock", async () => {
    const run = await runYaml(
      "concurrency: g\njobs:\n  a:\n    concurrency: g\n    runs-on: ubuntu-latest\n    steps: [{run: 'true'}]\n",
    );
    expect(run.conclusions).toEqual({ a: "cancelled" });
    expect(run.annotations[0]?.message).toContain("deadlock");
  });
});
