import { expect, test } from "@jest/globals";
import { LABELS } from "./labels.ts";
import { lines, withRepository } from "./set-up.ts";

const CHECK = ["--check", "--environment", "dev"];
const BARE_RULESET = {
  name: "history",
  enforcement: "active" as const,
  conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
  rules: [{ type: "deletion" }],
};
const CLASSIC = { approvals: 1, codeOwners: true, dismissStale: true };

test("administrators, where classic protection spares them and no ruleset asks for the review", () =>
  withRepository(
    {
      labels: LABELS,
      settings: { branchProtection: { ...CLASSIC, enforceAdmins: false }, rulesets: [BARE_RULESET] },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "weak").join("\n")).toMatch(
        /^branch main, bypass: allowed to administrators\. .*\/settings\/branches$/m,
      );
    },
  ));

test("whoever needs no pull request by classic protection", () =>
  withRepository(
    {
      labels: LABELS,
      settings: { branchProtection: { ...CLASSIC, enforceAdmins: true, exemptTeams: ["on-call"] } },
    },
    async ({ run }) => {
      const { stdout } = await run("boss", ...CHECK);
      expect(lines(stdout, "weak").join("\n")).toContain("branch main, bypass: allowed to team/on-call.");
    },
  ));
