import { expect, test } from "@jest/globals";
import { lines, withRepository } from "./set-up.ts";

test("what an empty repository lacks is named, one line each, with the command that mends it", () =>
  withRepository({}, async ({ run }) => {
    const { code, stdout, stderr, changing } = await run("boss", "--check");
    expect([code, stderr, changing]).toEqual([1, "", []]);
    expect(stdout).toMatch(
      /^acme\/platform \(private, plan enterprise\), branch main; environments dev, prod\n/,
    );
    const missing = lines(stdout, "MISSING");
    expect(missing.map((line) => line.split(":")[0])).toEqual([
      "environment containment-dev",
      "environment break-glass-dev",
      "environment containment-prod",
      "environment break-glass-prod",
      "branch main, pull requests",
      "branch main, code owners",
    ]);
    expect(missing[0]).toBe(
      "environment containment-dev: does not exist; a job that names it makes GitHub create it without any protection. For: nothing is contained without an approval here. Remedy: npm run setup -- --apply --repository acme/platform --environment dev --reviewers USER,team/SLUG",
    );
    expect(missing.every((line) => / For: .+ Remedy: ./.test(line))).toBe(true);
    expect(lines(stdout, "weak").join("\n")).toMatch(
      /^labels: 25 of 25 .*\bseverity:critical\b.*\bincident-review\b/m,
    );
    expect(lines(stdout, "weak").join("\n")).toContain("variable FIREBREAK_ATTEST: is not set");
  }));

test("one environment of the runbook can be asked about alone, and a machine reads the same", () =>
  withRepository({}, async ({ run }) => {
    const { code, stdout } = await run("boss", "--check", "--environment", "dev", "--json");
    const { repository, ready, findings, stacks } = JSON.parse(stdout);
    expect([code, repository, ready]).toEqual([1, "acme/platform", false]);
    const environments = findings.filter(({ id }: { id: string }) => id.startsWith("environment."));
    expect(environments).toMatchObject([
      { id: "environment.containment-dev", verdict: "missing", required: true },
      { id: "environment.break-glass-dev", verdict: "missing", required: true },
    ]);
    expect(stacks).toHaveLength(1);
    expect(stacks[0]).toMatchObject({
      environment: "dev",
      vault: { Environment: "dev", Vault: "nn-aiconnectors-vault-dev" },
      roles: { RepositoryWithIds: "acme@4001/platform@610001", ContainmentEnvironment: "containment-dev" },
    });
    expect(stacks[0].commands).toHaveLength(4);
  }));

test("issues and Actions that are switched off are missing", () =>
  withRepository({ settings: { hasIssues: false, actionsEnabled: false } }, async ({ run }) => {
    const { stdout } = await run("boss", "--check");
    const missing = lines(stdout, "MISSING").join("\n");
    expect(missing).toContain("issues: they are switched off");
    expect(missing).toContain("Remedy: gh repo edit acme/platform --enable-issues");
    expect(missing).toContain("GitHub Actions: are switched off");
  }));
