import { expect, test } from "@jest/globals";
import { lines, withRepository } from "./set-up.ts";

const REVIEWERS = ["--reviewers", "alice,team/on-call", "--break-glass-reviewers", "team/security"];

test(
  "after --apply nothing is missing, and a second --apply makes no changing call",
  () =>
    withRepository({}, async ({ run, api }) => {
      const first = await run("boss", "--apply", ...REVIEWERS);
      expect([first.code, first.stderr]).toEqual([0, ""]);
      expect(first.stdout).toContain(
        "change  environment containment-dev, required reviewers: none → alice, team/on-call\n",
      );
      expect(first.stdout).toContain(
        "change  environment containment-dev, branches that deploy: every branch → only main\n",
      );
      expect(first.stdout).toMatch(/^change {2}ruleset firebreak of main: none → active: .*code owners/m);

      const environment = await (await api("/environments/containment-dev")).json();
      expect(environment).toMatchObject({
        can_admins_bypass: false,
        deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
        protection_rules: [
          {
            type: "required_reviewers",
            prevent_self_review: true,
            reviewers: [
              { type: "User", reviewer: { login: "alice" } },
              { type: "Team", reviewer: { slug: "on-call" } },
            ],
          },
          { type: "branch_policy" },
        ],
      });

      const check = await run("boss", "--check");
      expect([check.code, lines(check.stdout, "MISSING"), check.changing]).toEqual([0, [], []]);

      const again = await run("boss", "--apply", ...REVIEWERS);
      expect([again.code, again.changing]).toEqual([0, []]);
      expect(again.stdout).toContain("\nnothing to change\n");
    }),
  120_000,
);

test("--dry-run prints the changes and makes none", () =>
  withRepository({}, async ({ run }) => {
    const { code, stdout, changing } = await run("boss", "--apply", "--dry-run", "--attest", ...REVIEWERS);
    expect([code, changing]).toEqual([0, []]);
    expect(stdout).toContain("would change  environment containment-prod: none → there\n");
    expect(stdout).toContain("would change  variable FIREBREAK_ATTEST: not set → true\n");
    expect(stdout).not.toMatch(/^change /m);
  }));

test("without reviewers no environment is made, and it says how to name them", () =>
  withRepository({}, async ({ run }) => {
    const { stdout, changing } = await run("boss", "--apply", "--dry-run", "--environment", "dev");
    expect(changing).toEqual([]);
    expect(stdout).toContain(
      "kept  environment containment-dev gets no reviewers: say who they are with --reviewers USER,team/SLUG\n",
    );
    expect(stdout).not.toContain("would change  environment");
  }));
