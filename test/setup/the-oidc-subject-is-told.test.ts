import { expect, test } from "@jest/globals";
import { lines, withRepository } from "./set-up.ts";

const CHECK = ["--check", "--environment", "dev"];
const BOTH = "infra/roles.yml trusts repo:acme/platform and repo:acme@4001/platform@610001";

test("which of the two forms the tokens have, and both that the roles have to trust", async () => {
  await withRepository({}, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "fine").join("\n")).toContain(
      `OIDC subject: begins with repo:acme/platform; ${BOTH}`,
    );
    expect(stdout).toContain(
      "containment role trusts  repo:acme/platform:environment:containment-dev  or  repo:acme/platform:environment:break-glass-dev  or  repo:acme@4001/platform@610001:environment:containment-dev",
    );
    expect(stdout).toContain(
      "print-parameters.ts roles dev --repository acme/platform --owner-id 4001 --repository-id 610001 --branch main --trail-bucket BUCKET > roles-dev.json",
    );
  });
  await withRepository({ immutableSubject: true }, async ({ run }) => {
    const { stdout } = await run("boss", ...CHECK);
    expect(lines(stdout, "fine").join("\n")).toContain(
      `OIDC subject: begins with repo:acme@4001/platform@610001; ${BOTH}`,
    );
  });
});

test("a customized subject, which no role trusts, is missing", () =>
  withRepository(
    { settings: { oidcClaimKeys: ["repository_owner", "job_workflow_ref"] } },
    async ({ run }) => {
      const { code, stdout } = await run("boss", ...CHECK);
      expect(code).toBe(1);
      expect(lines(stdout, "MISSING").join("\n")).toContain(
        "OIDC subject: is made of repository_owner, job_workflow_ref here, which the roles do not trust",
      );
      expect(stdout).toContain(
        "gh api -X PUT repos/acme/platform/actions/oidc/customization/sub -F use_default=true",
      );
    },
  ));
