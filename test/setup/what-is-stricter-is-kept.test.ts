import { expect, test } from "@jest/globals";
import { LABELS } from "./labels.ts";
import { withRepository } from "./set-up.ts";

const APPLY = ["--apply", "--environment", "dev", "--reviewers", "alice", "--break-glass-reviewers", "alice"];

test("reviewers, wait timer, branches, approvals and a variable that somebody set stay as they are", () =>
  withRepository(
    {
      labels: LABELS,
      variables: { FIREBREAK_ATTEST: "false" },
      environments: [
        {
          name: "containment-dev",
          requiredReviewers: ["bob"],
          requiredTeams: ["security"],
          waitMinutes: 30,
          branchPolicy: "custom",
          branches: ["main"],
        },
        {
          name: "break-glass-dev",
          requiredReviewers: ["boss"],
          preventSelfReview: true,
          canAdminsBypass: false,
          branchPolicy: "protected",
        },
      ],
      settings: {
        rulesets: [
          {
            name: "firebreak",
            enforcement: "evaluate",
            bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
            conditions: { ref_name: { include: ["refs/heads/release"], exclude: [] } },
            rules: [
              { type: "required_linear_history" },
              {
                type: "pull_request",
                parameters: {
                  required_approving_review_count: 3,
                  require_code_owner_review: false,
                  dismiss_stale_reviews_on_push: false,
                  require_last_push_approval: false,
                  required_review_thread_resolution: true,
                },
              },
            ],
          },
        ],
      },
    },
    async ({ run, api }) => {
      const { stdout, changing } = await run("boss", ...APPLY, "--attest");
      expect(stdout).toContain("kept  environment containment-dev keeps its reviewers bob, team/security");
      expect(stdout).toContain("kept  environment break-glass-dev keeps its reviewers boss");
      expect(stdout).toContain("kept  environment break-glass-dev keeps its rule for branches");
      expect(stdout).toContain("kept  variable FIREBREAK_ATTEST stays false");
      expect(stdout).toContain("change  environment containment-dev, self-review: allowed → prevented\n");
      expect(changing).toEqual(["repos/create-or-update-environment 200", "repos/update-repo-ruleset 200"]);

      expect(await (await api("/environments/containment-dev")).json()).toMatchObject({
        can_admins_bypass: false,
        protection_rules: [
          { type: "wait_timer", wait_timer: 30 },
          {
            prevent_self_review: true,
            reviewers: [{ reviewer: { login: "bob" } }, { reviewer: { slug: "security" } }],
          },
          { type: "branch_policy" },
        ],
      });
      expect(
        await (await api("/environments/containment-dev/deployment-branch-policies")).json(),
      ).toMatchObject({
        branch_policies: [{ name: "main" }],
      });
      const [ruleset] = (await (await api("/rulesets")).json()) as { id: number }[];
      expect(await (await api(`/rulesets/${ruleset?.id}`)).json()).toMatchObject({
        enforcement: "active",
        conditions: { ref_name: { include: ["refs/heads/release", "~DEFAULT_BRANCH"] } },
        bypass_actors: [{ actor_id: 5 }],
        rules: [
          { type: "required_linear_history" },
          {
            type: "pull_request",
            parameters: {
              required_approving_review_count: 3,
              require_code_owner_review: true,
              required_review_thread_resolution: true,
            },
          },
          { type: "deletion" },
          { type: "non_fast_forward" },
        ],
      });
    },
  ));

test("'protected branches' becomes the default branch alone where that one is protected", () =>
  withRepository(
    {
      labels: LABELS,
      environments: [
        {
          name: "containment-dev",
          requiredReviewers: ["alice", "bob"],
          preventSelfReview: true,
          canAdminsBypass: false,
          branchPolicy: "protected",
        },
      ],
      settings: {
        branchProtection: { approvals: 2, codeOwners: true, enforceAdmins: true, dismissStale: true },
      },
    },
    async ({ run }) => {
      const { stdout, changing } = await run("boss", "--apply", "--environment", "dev");
      expect(stdout).toContain(
        "change  environment containment-dev, branches that deploy: every protected branch → only main\n",
      );
      // Classic protection is enough: no ruleset is added.
      expect(changing).toEqual([
        "repos/create-or-update-environment 200",
        "repos/create-deployment-branch-policy 200",
      ]);
    },
  ));

test("what an interrupted --apply left is finished", () =>
  withRepository(
    {
      labels: LABELS,
      environments: [
        {
          name: "containment-dev",
          requiredTeams: ["on-call"],
          preventSelfReview: true,
          canAdminsBypass: false,
          branchPolicy: "custom",
        },
      ],
      settings: {
        branchProtection: { approvals: 1, codeOwners: true, enforceAdmins: true, dismissStale: true },
      },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", "--check", "--environment", "dev");
      expect(stdout).toContain(
        "environment containment-dev, branches: main may not deploy, so that nothing can be contained",
      );
      const { changing } = await run("boss", "--apply", "--environment", "dev");
      expect(changing).toEqual(["repos/create-deployment-branch-policy 200"]);
    },
  ));
