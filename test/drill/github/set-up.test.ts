import { describe, expect, test } from "@jest/globals";
import { dispatchedRun, REPOSITORY, refusal, SEED, withGitHub } from "./setup.ts";

const ADMIN = { login: "admin", permission: "admin" as const };
const users = [...SEED.users, ADMIN];
const teams = [
  { slug: "on-call", members: ["second-reviewer"], permission: "write" as const },
  { slug: "outside", members: [], permission: null },
];
const at = { ...REPOSITORY, environment_name: "containment-prod" };
const TEAM = { type: "Team" as const, id: 9_001 };

describe("an environment", () => {
  test("is replaced by a PUT: what the request leaves out becomes the default", () =>
    withGitHub(
      async ({ as }) => {
        const { repos } = as("admin").rest;
        const { data } = await repos.createOrUpdateEnvironment({ ...at, reviewers: [TEAM] });
        expect(data).toMatchObject({
          can_admins_bypass: true,
          protection_rules: [{ prevent_self_review: false, reviewers: [{ reviewer: { slug: "on-call" } }] }],
          deployment_branch_policy: null,
        });
        const outside = { ...at, reviewers: [{ type: "Team" as const, id: 9_002 }] };
        expect((await refusal(repos.createOrUpdateEnvironment(outside))).status).toBe(422);
        const both = {
          ...at,
          deployment_branch_policy: { protected_branches: true, custom_branch_policies: true },
        };
        expect((await refusal(repos.createOrUpdateEnvironment(both))).status).toBe(422);
        const mine = as("engineer").rest.repos.createOrUpdateEnvironment(at);
        expect((await refusal(mine)).status).toBe(403);
      },
      { seed: { users, teams } },
    ));

  test("takes names of branches only where it has names at all", () =>
    withGitHub(
      async ({ as }) => {
        const { repos } = as("admin").rest;
        const main = { ...at, name: "main" };
        expect((await refusal(repos.createDeploymentBranchPolicy(main))).status).toBe(404);
        const policy = { protected_branches: false, custom_branch_policies: true };
        await repos.createOrUpdateEnvironment({ ...at, deployment_branch_policy: policy });
        expect((await repos.createDeploymentBranchPolicy(main)).data).toMatchObject({
          name: "main",
          type: "branch",
        });
        expect((await repos.listDeploymentBranchPolicies(at)).data.total_count).toBe(1);
        await repos.createOrUpdateEnvironment(at);
        expect((await repos.listDeploymentBranchPolicies(at)).data.total_count).toBe(0);
      },
      { seed: { users, teams } },
    ));

  test("of a private repository has reviewers on GitHub Enterprise alone, and is left bare by the refusal", () =>
    withGitHub(
      async ({ as }) => {
        const { repos } = as("admin").rest;
        const fresh = { ...REPOSITORY, environment_name: "fresh" };
        const refused = await refusal(repos.createOrUpdateEnvironment({ ...fresh, reviewers: [TEAM] }));
        expect(refused).toEqual({ status: 422, message: expect.stringContaining("billing plan") });
        expect((await repos.getEnvironment(fresh)).data.protection_rules).toEqual([]);
      },
      { seed: { users, teams, plan: "team" } },
    ));

  test("with a team as reviewer is approved by one of its members", () =>
    withGitHub(
      async ({ github }) => {
        const run = github.host.createRun(dispatchedRun("engineer"));
        const verdict = github.host.awaitApproval(run.id, "containment-prod");
        expect(() =>
          github.state.review(run.id, "containment-prod", "oncall-reviewer", "approved"),
        ).toThrow();
        github.state.review(run.id, "containment-prod", "second-reviewer", "approved");
        expect(await verdict).toBe("approved");
      },
      { seed: { users, teams, environments: [{ name: "containment-prod", requiredTeams: ["on-call"] }] } },
    ));
});

describe("the default branch", () => {
  const rules = [{ type: "deletion" as const }];
  const ruleset = { ...REPOSITORY, name: "main", enforcement: "active" as const, rules };

  test("is under the active rulesets that include it", () =>
    withGitHub(
      async ({ as }) => {
        const { repos } = as("admin").rest;
        const include = ["~DEFAULT_BRANCH"];
        await repos.createRepoRuleset({ ...ruleset, conditions: { ref_name: { include, exclude: [] } } });
        await repos.createRepoRuleset({ ...ruleset, name: "off", enforcement: "disabled" });
        const { data } = await repos.getBranchRules({ ...REPOSITORY, branch: "main" });
        expect(data).toMatchObject([{ type: "deletion", ruleset_source: "acme/platform" }]);
        expect((await repos.getBranchRules({ ...REPOSITORY, branch: "other" })).data).toEqual([]);
        expect((await refusal(repos.createRepoRuleset(ruleset))).status).toBe(422);
        const shown = await as("reader").rest.repos.getRepoRuleset({ ...REPOSITORY, ruleset_id: 4_400_001 });
        expect(shown.data.bypass_actors).toBeUndefined();
      },
      { seed: { users } },
    ));

  test("shows its classic protection to administrators, and has none for a private repository on GitHub Free", async () => {
    const branch = { ...REPOSITORY, branch: "main" };
    await withGitHub(
      async ({ as }) => {
        const none = await refusal(as("admin").rest.repos.getBranchProtection(branch));
        expect(none).toEqual({ status: 404, message: expect.stringContaining("Branch not protected") });
        const hidden = await refusal(as("engineer").rest.repos.getBranchProtection(branch));
        expect(hidden).toEqual({ status: 404, message: expect.stringContaining("Not Found") });
      },
      { seed: { users } },
    );
    await withGitHub(
      async ({ as }) => {
        const { status } = await refusal(as("admin").rest.repos.getBranchProtection(branch));
        expect(status).toBe(403);
      },
      { seed: { users, plan: "free" } },
    );
  });
});

test("CODEOWNERS is checked for owners that do not exist or may not write", () =>
  withGitHub(
    async ({ as, github }) => {
      const content = Buffer.from("* @engineer @acme/on-call\n/infra/ @nobody @acme/none @reader\n");
      github.hooks.readContent = async (path) =>
        path === ".github/CODEOWNERS" ? { type: "file", path, content } : null;
      const { data } = await as("reader").rest.repos.codeownersErrors(REPOSITORY);
      expect(data.errors.map(({ line, column, kind }) => [line, column, kind])).toEqual([
        [2, 9, "Unknown owner"],
        [2, 17, "Unknown owner"],
        [2, 28, "Unknown owner"],
      ]);
    },
    { seed: { users, teams } },
  ));

test("variables are made once, and are those of the next job", () =>
  withGitHub(async ({ as, github }) => {
    const { actions } = as("engineer").rest;
    const variable = { ...REPOSITORY, name: "FIREBREAK_ATTEST", value: "true" };
    await actions.createRepoVariable(variable);
    expect((await refusal(actions.createRepoVariable(variable))).status).toBe(409);
    expect(github.host.variables(null)).toMatchObject({ FIREBREAK_ATTEST: "true", TEAM: "platform" });
    expect((await refusal(as("reader").rest.actions.listRepoVariables(REPOSITORY))).status).toBe(403);
  }));
