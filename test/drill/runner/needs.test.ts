import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const OK = "steps: [{run: 'true'}]";
const FAIL = "steps: [{run: 'false'}]";
const job = (key: string, more: string) => `  ${key}: {runs-on: ubuntu-latest, ${more}}\n`;

describe("needs and job conditions", () => {
  test("a failure skips everything below, and the status functions look at every ancestor", async () => {
    const run = await runYaml(
      `jobs:\n${job("bad", FAIL)}${job("middle", `needs: bad, ${OK}`)}${job("skipped", `needs: middle, ${OK}`)}` +
        `${job("onfailure", `needs: middle, if: failure(), ${OK}`)}${job("always", `needs: middle, if: always(), ${OK}`)}` +
        `${job("alone", OK)}`,
    );
    expect(run.conclusions).toEqual({
      bad: "failure",
      middle: "skipped",
      skipped: "skipped",
      onfailure: "success",
      always: "success",
      alone: "success",
    });
    expect(run.run.conclusion).toBe("failure");
  });

  test("a skipped ancestor makes success() false even when the job in between ran", async () => {
    const run = await runYaml(
      `jobs:\n${job("first", `if: "false", ${OK}`)}${job("second", `needs: first, if: always(), ${OK}`)}` +
        `${job("third", `needs: second, ${OK}`)}${job("explicit", `needs: second, if: "!cancelled() && needs.second.result == 'success'", ${OK}`)}`,
    );
    expect(run.conclusions).toEqual({
      first: "skipped",
      second: "success",
      third: "skipped",
      explicit: "success",
    });
    expect(run.run.conclusion).toBe("success");
  });

  test("continue-on-error of a job keeps the run and the jobs below going", async () => {
    const run = await runYaml(
      `jobs:\n${job("soft", `continue-on-error: true, ${FAIL}`)}${job("next", `needs: soft, ${OK}`)}`,
    );
    expect(run.conclusions).toEqual({ soft: "failure", next: "success" });
    expect(run.run.conclusion).toBe("success");
  });

  test("results and outputs reach needs; jobs without needs run side by side", async () => {
    const run = await runYaml(`jobs:
  left:
    runs-on: ubuntu-latest
    outputs: {side: "\${{ steps.s.outputs.side }}"}
    steps: [{id: s, run: "sleep 0.3; echo side=left >> $GITHUB_OUTPUT"}]
  right:
    runs-on: ubuntu-latest
    steps: [{run: sleep 0.3}]
  both:
    needs: [left, right]
    runs-on: ubuntu-latest
    outputs: {seen: "\${{ needs.left.outputs.side }} \${{ join(needs.*.result, '+') }}"}
    steps: [{run: "true"}]
`);
    expect(run.outputs.both).toEqual({ seen: "left success+success" });
    const started = run.jobs.map((each) => each.startedAt ?? 0);
    const completed = run.jobs.map((each) => each.completedAt ?? 0);
    expect(started[1]).toBeLessThan(completed[0] ?? 0);
    expect(started[2]).toBeGreaterThanOrEqual(Math.max(completed[0] ?? 0, completed[1] ?? 0));
  });

  test("a condition that cannot be evaluated fails the job and names its place", async () => {
    const run = await runYaml(`jobs:\n${job("a", `if: "fromJSON('{')", ${OK}`)}`);
    expect(run.conclusions).toEqual({ a: "failure" });
    expect(run.annotations[0]?.message).toMatch(/test\.yml:3:\d+: Error parsing JSON/);
  });
});
