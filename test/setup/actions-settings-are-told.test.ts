import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { foreignActions } from "../../scripts/setup/actions-settings.ts";
import { ATTEST, variablesIn } from "../../scripts/setup/variables.ts";
import { lines, withRepository } from "./set-up.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHECK = ["--check", "--environment", "dev"];

test("the workflows' own needs are read from them", () => {
  expect(foreignActions(ROOT)).toContain("aws-actions/configure-aws-credentials");
  expect(foreignActions(ROOT).some((action) => action.startsWith("./"))).toBe(false);
  // A variable that is new needs its own sentence in scripts/setup/variables.ts.
  expect(variablesIn(ROOT)).toEqual([ATTEST]);
});

test("actions that the workflows need and the repository does not allow are missing", async () => {
  const selectedActions = { githubOwned: true, verified: false, patterns: ["gruntwork-io/*"] };
  await withRepository({ settings: { allowedActions: "selected", selectedActions } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toMatch(
      /^GitHub Actions: the workflows need aws-actions\/configure-aws-credentials, which the selected actions do not name.* Remedy: Add aws-actions\/configure-aws-credentials@\*: http/m,
    );
  });
  await withRepository({ settings: { allowedActions: "local_only" } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toContain("only this organization's own actions may run");
  });
});

test("a token that may write by default is weak, and a selection that covers all is fine", () =>
  withRepository(
    {
      settings: {
        defaultWorkflowPermissions: "write",
        allowedActions: "selected",
        selectedActions: {
          githubOwned: true,
          verified: false,
          patterns: ["aws-actions/*", "gruntwork-io/terragrunt-action@*"],
        },
      },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "weak").join("\n")).toContain("default permissions of GITHUB_TOKEN: write");
      expect(lines(stdout, "fine").join("\n")).toContain("GitHub Actions: the selected actions contain all");
    },
  ));
