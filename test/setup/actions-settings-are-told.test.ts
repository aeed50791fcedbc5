import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { foreignActions, USED_WITHIN } from "../../scripts/setup/actions-settings.ts";
import { ATTEST, variablesIn } from "../../scripts/setup/variables.ts";
import { lines, withRepository } from "./set-up.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHECK = ["--check", "--environment", "dev"];

test("the workflows' own needs are read from them", () => {
  const needed = foreignActions(ROOT);
  expect(needed.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  // An action that is new, or another version, has to be looked up: what does its action.yml use?
  const within = Object.values(USED_WITHIN).flat();
  expect(Object.keys(USED_WITHIN)).toEqual(needed.filter((action) => !within.includes(action)));
  expect(needed).toEqual(expect.arrayContaining(within));
  // A variable that is new needs its own sentence in scripts/setup/variables.ts.
  expect(variablesIn(ROOT)).toEqual([ATTEST]);
});

test("actions that the workflows need and the repository does not allow are missing", async () => {
  const selectedActions = { githubOwned: true, verified: false, patterns: ["gruntwork-io/*"] };
  await withRepository({ settings: { allowedActions: "selected", selectedActions } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toMatch(
      /^GitHub Actions: the workflows need aws-actions\/configure-aws-credentials@\w+, jdx\/mise-action@\w+, which the selected actions do not allow.* Remedy: Add aws-actions\/configure-aws-credentials@\*, jdx\/mise-action@\* \(.*\): http/m,
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
          patterns: ["aws-actions/*", "gruntwork-io/terragrunt-action@*", "jdx/mise-action@*"],
        },
      },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "weak").join("\n")).toContain("default permissions of GITHUB_TOKEN: write");
      expect(lines(stdout, "fine").join("\n")).toContain("GitHub Actions: the selected actions contain all");
    },
  ));

test("where workflows may open no pull request, no review can be recorded", () =>
  withRepository({ settings: { workflowsApprovePullRequests: false } }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "MISSING").join("\n")).toMatch(
      /^workflows open pull requests: not allowed.* Remedy: gh api -X PUT .*can_approve_pull_request_reviews=true/m,
    );
  }));

test.each([
  ["an action that terragrunt-action uses", ["aws-actions/*", "gruntwork-io/*"], "jdx/mise-action"],
  ["another version", ["aws-actions/*", "gruntwork-io/*@v1", "jdx/*"], "gruntwork-io/terragrunt-action"],
  ["one that is blocked", ["*", "!jdx/mise-action@*"], "jdx/mise-action"],
])("a selection without %s would stop every containment", (_what, patterns, lacking) =>
  withRepository(
    {
      settings: {
        allowedActions: "selected",
        selectedActions: { githubOwned: true, verified: false, patterns },
      },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "MISSING").join("\n")).toContain(
        `GitHub Actions: the workflows need ${foreignActions(ROOT).find((one) => one.startsWith(lacking))}, which`,
      );
    },
  ),
);
