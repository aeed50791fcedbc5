import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const job = (more: string) => `jobs:\n  a:\n    runs-on: ubuntu-latest\n${more}`;

describe("timeout-minutes, in simulated time", () => {
  test("of a step fails the step, and what still holds goes on", async () => {
    const run = await runYaml(
      job(`    steps:
      - {name: Slow, run: sleep 30, timeout-minutes: 1}
      - {run: echo cleaned up, if: failure()}
`),
      { speed: 120 },
    );
    expect(run.conclusions).toEqual({ a: "failure" });
    expect(run.annotations.map((each) => each.message)).toEqual([
      "The action 'Slow' has timed out after 1 minutes.",
    ]);
    expect(run.log("a")).toContain("Z cleaned up");
  });

  test("of a job cancels it: failure() does not hold, always() does", async () => {
    const run = await runYaml(
      job(`    timeout-minutes: 1
    steps:
      - run: sleep 30
      - {run: echo failure ran, if: failure()}
      - {run: echo always ran, if: always()}
`),
      { speed: 120 },
    );
    expect(run.conclusions).toEqual({ a: "cancelled" });
    expect(run.run.conclusion).toBe("cancelled");
    expect(run.annotations[0]?.message).toMatch(
      /^The job running on runner .* has exceeded the maximum execution time of 1 minutes\.$/,
    );
    expect(run.log("a")).not.toContain("Z failure ran");
    expect(run.log("a")).toContain("Z always ran");
  });
});
