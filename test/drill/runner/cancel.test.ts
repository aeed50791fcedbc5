import { describe, expect, test } from "@jest/globals";
import { type Fixture, runYaml } from "./run-fixture.ts";

/** Runs the workflow and cancels it as soon as a step has logged the line `ready`. */
async function cancelWhenReady(yaml: string, fixture: Fixture = {}) {
  const controller = new AbortController();
  return runYaml(yaml, {
    ...fixture,
    options: {
      ...fixture.options,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "log" && event.line === "ready") controller.abort();
      },
    },
  });
}

const job = (key: string, more: string) => `  ${key}:\n    runs-on: ubuntu-latest\n${more}`;

describe("cancelling a run", () => {
  test("interrupts the step, runs what is meant for it, and skips the rest", async () => {
    const run = await cancelWhenReady(
      `jobs:\n${job(
        "a",
        `    steps:
      - run: |
          trap 'echo interrupted; exit 0' INT
          echo ready
          while true; do sleep 0.05; done
      - run: echo next
      - {run: echo cancelled ran, if: cancelled()}
`,
      )}${job("b", "    needs: a\n    steps: [{run: x}]\n")}${job("c", "    needs: a\n    if: always()\n    steps: [{run: echo c ran}]\n")}`,
    );
    expect(run.log("a")).toContain("Z interrupted");
    expect(run.log("a")).toContain("##[error]The operation was canceled.");
    expect(run.log("a")).not.toContain("Z next");
    expect(run.log("a")).toContain("Z cancelled ran");
    expect(run.conclusions).toEqual({ a: "cancelled", b: "skipped", c: "success" });
    expect(run.run.conclusion).toBe("cancelled");
    expect(run.annotations[0]?.message).toBe("The run was canceled by @octocat.");
  });

  test("a process that ignores SIGINT and SIGTERM is killed with its children", async () => {
    const run = await cancelWhenReady(
      `jobs:\n${job("a", "    steps:\n      - run: |\n          trap '' INT TERM\n          (trap '' INT TERM; sleep 60) &\n          echo ready\n          wait\n")}`,
    );
    const began = run.jobs[0]?.startedAt ?? 0;
    expect((run.jobs[0]?.completedAt ?? 0) - began).toBeLessThan(10_000);
    expect(run.conclusions).toEqual({ a: "cancelled" });
  });

  test("a job whose condition still holds goes on to its end", async () => {
    const run = await cancelWhenReady(
      `jobs:\n${job("a", "    if: always()\n    steps: [{run: 'echo ready; sleep 0.3; echo done'}]\n")}`,
    );
    expect(run.log("a")).toContain("Z done");
    expect(run.conclusions).toEqual({ a: "success" });
  });
});
