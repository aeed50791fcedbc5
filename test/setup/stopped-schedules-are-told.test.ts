import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { scheduledWorkflows } from "../../scripts/setup/schedules.ts";
import { lines, withRepository } from "./set-up.ts";

const CHECK = ["--check", "--environment", "dev"];
const NAMES = scheduledWorkflows(join(import.meta.dirname, "../.."));

test("the workflows by the clock are read from the files", () => {
  expect(NAMES).toEqual(["clocks.yml", "intake.yml", "record-review.yml", "sweep.yml", "verify.yml"]);
});

test("a schedule that GitHub has stopped is missing, with the command that starts it again", () => {
  const workflows = {
    ...Object.fromEntries(NAMES.map((name) => [name, "active" as const])),
    "clocks.yml": "disabled_inactivity" as const,
  };
  return withRepository({ settings: { workflows } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toMatch(
      /^workflows by the clock: clocks\.yml is disabled inactivity.* Remedy: gh workflow enable clocks\.yml -R acme\/platform/m,
    );
  });
});

test("a workflow that is not on the default branch is missing as well, and all active ones are fine", async () => {
  await withRepository({ settings: { workflows: {} } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toContain("sweep.yml is not on the default branch");
  });
  await withRepository({}, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "fine").join("\n")).toContain("workflows by the clock: all of them are switched on");
  });
});
