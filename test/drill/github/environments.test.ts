import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, START, withGitHub } from "./setup.ts";

describe("environments", () => {
  test("show their required reviewers and rules", () =>
    withGitHub(
      async ({ job }) => {
        const { octokit } = job({ actions: "read" });
        const get = (environment_name: string) =>
          octokit.rest.repos.getEnvironment({ ...REPOSITORY, environment_name });
        const { data } = await get("Containment-Prod");
        expect(data).toMatchObject({ name: "containment-prod", can_admins_bypass: false });
        expect(data.protection_rules).toMatchObject([
          {
            type: "required_reviewers",
            prevent_self_review: true,
            reviewers: [
              { type: "User", reviewer: { login: "oncall-reviewer" } },
              { type: "User", reviewer: { login: "second-reviewer" } },
              { type: "User", reviewer: { login: "engineer" } },
            ],
          },
        ]);
        expect((await get("waits")).data.protection_rules).toMatchObject([
          { type: "wait_timer", wait_timer: 5 },
          { type: "branch_policy" },
        ]);
        expect((await get("waits")).data.deployment_branch_policy).toEqual({
          protected_branches: true,
          custom_branch_policies: false,
        });
        const all = await octokit.rest.repos.getAllEnvironments(REPOSITORY);
        expect([all.data.total_count, all.data.environments?.length]).toEqual([2, 2]);
      },
      {
        seed: {
          environments: [
            {
              name: "containment-prod",
              requiredReviewers: ["oncall-reviewer", "second-reviewer", "engineer"],
              preventSelfReview: true,
              canAdminsBypass: false,
            },
            { name: "waits", waitMinutes: 5, branchPolicy: "protected" },
          ],
        },
      },
    ));

  test("a missing one is created, unprotected, the moment a job enters it", () =>
    withGitHub(async ({ job, github }) => {
      const { octokit, run } = job({ actions: "read" });
      const name = { ...REPOSITORY, environment_name: "containment-new" };
      expect((await refusal(octokit.rest.repos.getEnvironment(name))).status).toBe(404);
      expect(github.host.enterEnvironment("containment-new")).toEqual({ protected: false });
      const { data } = await octokit.rest.repos.getEnvironment(name);
      expect(data.protection_rules).toEqual([]);
      expect(Date.parse(data.created_at)).toBeGreaterThanOrEqual(START);
      expect(await github.host.awaitApproval(run.id, "containment-new")).toBe("approved");
      expect(github.host.enterEnvironment("containment-prod")).toEqual({ protected: true });
    }));

  test("an environment's variables and secrets go before the repository's", () =>
    withGitHub(async ({ github: { host } }) => {
      expect(host.variables(null)).toEqual({ REGION: "eu-west-1", TEAM: "platform" });
      expect(host.variables("containment-prod")).toEqual({ REGION: "eu-central-1", TEAM: "platform" });
      expect(host.secrets(null)).toEqual({ OTHER: "repository-secret" });
      expect(host.secrets("containment-prod")).toEqual({
        OTHER: "repository-secret",
        TOKEN: "environment-secret",
      });
    }));

  test("a seed that contradicts itself is refused", async () => {
    const environments = [{ name: "e", requiredReviewers: ["nobody"] }];
    await expect(withGitHub(async () => {}, { seed: { environments } })).rejects.toThrow("nobody");
  });
});
