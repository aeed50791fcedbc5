import { expect, test } from "@jest/globals";
import { LABELS } from "./labels.ts";
import { lines, withRepository } from "./set-up.ts";

const APPLY = ["--apply", "--environment", "dev", "--reviewers", "alice,bob"];

test("a plan that has no required reviewers is said, and the environment is closed to other branches at least", () =>
  withRepository({ plan: "team", labels: LABELS }, async ({ run, api }) => {
    const check = await run("boss", "--check", "--environment", "dev");
    expect(check.code).toBe(1);
    expect(lines(check.stdout, "MISSING")[0]).toBe(
      "environment containment-dev: does not exist, and a private repository on this plan has no required reviewers, so Firebreak refuses every containment. For: nothing is contained without an approval here. Remedy: Move the repository to GitHub Enterprise, or make it public.",
    );
    const { code, stdout } = await run("boss", ...APPLY);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "change  environment containment-dev, branches that deploy: every branch → only main\n",
    );
    expect(stdout).not.toContain("FAILED");
    expect(lines(stdout, "MISSING").join("\n")).toContain(
      "environment containment-dev, required reviewers: a private repository on this plan has no required reviewers",
    );
    expect(await (await api("/environments/containment-dev")).json()).toMatchObject({
      protection_rules: [{ type: "branch_policy" }],
    });
    const again = await run("boss", ...APPLY);
    expect(again.changing).toEqual([]);
  }));

test("GitHub's refusal is said where only the organization's owner knows the plan", () =>
  withRepository({ plan: "team", labels: LABELS, organizationOwners: [] }, async ({ run, api }) => {
    const { code, stdout } = await run("boss", ...APPLY);
    expect(code).toBe(1);
    expect(stdout).toContain("(private, plan unknown (told to the organization's owners))");
    expect(stdout).toMatch(
      /^FAILED {2}environment containment-dev.*: a private repository on this plan has no required reviewers .*closed to every branch but main, and Firebreak refuses/m,
    );
    expect(
      await (await api("/environments/containment-dev/deployment-branch-policies")).json(),
    ).toMatchObject({
      branch_policies: [{ name: "main" }],
    });
  }));

test("on GitHub Free neither environments nor protected branches are tried", () =>
  withRepository({ plan: "free", labels: LABELS }, async ({ run }) => {
    const { code, stdout, changing } = await run("boss", ...APPLY);
    expect([code, changing]).toEqual([1, []]);
    expect(stdout).toContain(
      "kept  environment containment-dev is not made: a private repository on GitHub Free has no environments",
    );
    expect(lines(stdout, "MISSING").join("\n")).toContain(
      "branch main, pull requests: a private repository on this plan has no protected branches (Upgrade to GitHub Pro",
    );
  }));

test("a public repository has them on every plan", () =>
  withRepository({ plan: "free", private: false }, async ({ run }) => {
    const { stdout } = await run(
      "boss",
      "--apply",
      "--dry-run",
      "--environment",
      "dev",
      "--reviewers",
      "alice,bob",
    );
    expect(stdout).toContain("acme/platform (public)");
    expect(stdout).toContain(
      "would change  environment containment-dev, required reviewers: none → alice, bob",
    );
  }));
