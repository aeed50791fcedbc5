import { expect, test } from "@jest/globals";
import { LABELS } from "./labels.ts";
import { lines, withRepository } from "./set-up.ts";

const CLOSED = {
  requiredTeams: ["on-call"],
  preventSelfReview: true,
  canAdminsBypass: false,
  branchPolicy: "custom",
  branches: ["main"],
} as const;
const ENVIRONMENTS = ["containment-dev", "break-glass-dev"].map((name) => ({ name, ...CLOSED }));
const CHECK = ["--check", "--environment", "dev"];

test("a token without the permission is told which, and hidden required things are no clean result", () =>
  withRepository({ environments: ENVIRONMENTS, labels: LABELS }, async ({ run }) => {
    const { code, stdout } = await run("reader", ...CHECK);
    const hidden = lines(stdout, "CANNOT BE READ");
    expect([code, lines(stdout, "MISSING")]).toEqual([1, []]);
    expect(hidden.map((line) => line.split(":")[0])).toEqual([
      "branch main, pull requests",
      "branch main, code owners",
      "branch main, pushes after the approval",
      "branch main, history",
      "GitHub Actions",
      "default permissions of GITHUB_TOKEN",
      "variable FIREBREAK_ATTEST",
    ]);
    expect(hidden[0]).toContain(
      "no ruleset has it; GitHub answers 404; it needs Administration: read, and the repository's admin role",
    );
    expect(hidden.at(-1)).toContain(
      "GitHub answers 403 (Must have admin rights to Repository.); it needs Variables: read",
    );
  }));

test("what a ruleset shows needs no administrator", () =>
  withRepository(
    {
      environments: ENVIRONMENTS,
      labels: LABELS,
      settings: {
        rulesets: [
          {
            name: "main",
            enforcement: "active",
            bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
            conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
            rules: [
              { type: "deletion" },
              { type: "non_fast_forward" },
              {
                type: "pull_request",
                parameters: {
                  required_approving_review_count: 1,
                  require_code_owner_review: true,
                  dismiss_stale_reviews_on_push: true,
                  require_last_push_approval: false,
                  required_review_thread_resolution: false,
                },
              },
            ],
          },
        ],
      },
    },
    async ({ run }) => {
      const reader = await run("reader", ...CHECK);
      expect(reader.code).toBe(0);
      expect(lines(reader.stdout, "CANNOT BE READ").join("\n")).toContain(
        "branch main, bypass: who bypasses the ruleset main is told to administrators only",
      );
      const boss = await run("boss", ...CHECK);
      expect(lines(boss.stdout, "weak").join("\n")).toContain(
        "branch main, bypass: allowed to RepositoryRole 5.",
      );
    },
  ));

test("a change that is refused says what it needs, does not stop the next, and fails the command", () =>
  withRepository({ labels: LABELS.slice(1) }, async ({ run }) => {
    const { code, stdout, changing } = await run(
      "alice",
      "--apply",
      "--environment",
      "dev",
      "--reviewers",
      "alice,bob",
    );
    expect(code).toBe(1);
    expect(changing).toEqual([
      "repos/create-or-update-environment 403",
      "repos/create-repo-ruleset 403",
      "issues/create-label 201",
    ]);
    expect(stdout).toMatch(
      /^FAILED {2}environment containment-dev.*GitHub answers 403 \(Must have admin rights to Repository\.\); it needs Administration: write/m,
    );
  }));
