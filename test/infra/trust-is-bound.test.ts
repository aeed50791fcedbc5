import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { trustOf } from "../../drill/aws/access/trust.ts";
import { errorOf, type Platform, startPlatform } from "../drill/aws/core-platform.ts";
import { stacks } from "../support/stacks.ts";

/** The tokens that GitHub gives to jobs, held against infra/roles.yml's trust policies by the simulated STS. */

const NAME = "acme/platform";
const IDS = "acme@41234567/platform@812345678";

let platform: Platform;
let sts: STSClient;
let arns: Record<"evidence" | "containment", string>;
beforeAll(async () => {
  platform = await startPlatform();
  const shipped = await stacks();
  arns = { evidence: shipped.role("evidence").arn, containment: shipped.role("containment").arn };
  for (const name of ["evidence", "containment"] as const)
    platform.aws.sts.trust(trustOf(shipped.role(name)));
  const { endpoint, region } = platform.config;
  sts = new STSClient({ endpoint, region, maxAttempts: 1 });
});
afterAll(async () => {
  sts.destroy();
  await platform.close();
});

function assume(role: keyof typeof arns, sub: string, aud = "sts.amazonaws.com", DurationSeconds = 7200) {
  const WebIdentityToken = platform.oidc.mint({ sub, aud, job_workflow_job: "any" }, Date.now());
  const names = { RoleArn: arns[role], RoleSessionName: "GitHubActions" };
  return sts.send(new AssumeRoleWithWebIdentityCommand({ ...names, WebIdentityToken, DurationSeconds }));
}

const MAIN = ":ref:refs/heads/main";
const APPROVED = ":environment:containment-dev";

describe("who takes a role on", () => {
  test.each([
    ["evidence", "a job of the default branch without an environment", MAIN],
    ["containment", "a job of the containment environment", APPROVED],
    ["containment", "a job of the break-glass environment", ":environment:break-glass-dev"],
  ] as const)("%s: %s, by the repository's name and by its ids", async (role, _who, suffix) => {
    for (const repository of [NAME, IDS]) {
      const { Credentials } = await assume(role, `repo:${repository}${suffix}`);
      expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    }
  });
});

describe("who does not", () => {
  const strangers: [string, string][] = [
    ["another environment of the repository", `repo:${NAME}:environment:containment-prod`],
    ["an environment whose name goes on", `repo:${NAME}:environment:containment-dev-2`],
    ["an environment in capitals", `repo:${NAME}:environment:CONTAINMENT-DEV`],
    ["another repository", `repo:acme/other${APPROVED}`],
    ["another owner's repository of the name", `repo:evil/platform${APPROVED}`],
    ["another repository's default branch", `repo:acme/other${MAIN}`],
    ["the repository's name with another id", `repo:acme@41234567/platform@1${APPROVED}`],
    ["the owner's name with another id", `repo:acme@1/platform@812345678${MAIN}`],
    ["a pull request", `repo:${NAME}:pull_request`],
    ["a pull request, by ids", `repo:${IDS}:pull_request`],
    ["another branch", `repo:${NAME}:ref:refs/heads/feature`],
    ["a tag", `repo:${NAME}:ref:refs/tags/main`],
    ["a branch whose name goes on", `repo:${NAME}${MAIN}-2`],
    ["a subject with a wildcard", `repo:${NAME}:*`],
    ["no subject", ""],
  ];
  test.each(strangers)("%s", async (_who, subject) => {
    for (const role of ["evidence", "containment"] as const)
      expect(await errorOf(assume(role, subject))).toBe("AccessDenied");
  });

  test("a job of an environment is no job of the default branch, nor the other way around", async () => {
    for (const repository of [NAME, IDS]) {
      expect(await errorOf(assume("evidence", `repo:${repository}${APPROVED}`))).toBe("AccessDenied");
      expect(await errorOf(assume("containment", `repo:${repository}${MAIN}`))).toBe("AccessDenied");
    }
  });

  test("a token that is meant for somebody else", async () => {
    for (const audience of ["api://AzureADTokenExchange", "https://github.com/acme"])
      expect(await errorOf(assume("evidence", `repo:${NAME}${MAIN}`, audience))).toBe("AccessDenied");
  });

  test("a session longer than two hours", async () => {
    const call = assume("evidence", `repo:${NAME}${MAIN}`, "sts.amazonaws.com", 7201);
    expect(await errorOf(call)).toBe("ValidationError");
  });
});

describe("a trust policy that STS would take for another one", () => {
  const [provider, aud, sub] = [
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    "token.actions.githubusercontent.com:aud",
    "token.actions.githubusercontent.com:sub",
  ];
  const statement = {
    Effect: "Allow" as const,
    Action: "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: provider },
    Condition: { StringEquals: { [aud]: "sts.amazonaws.com", [sub]: `repo:${NAME}${MAIN}` } },
  };
  test.each([
    ["a pattern", { Condition: { StringLike: { [sub]: `repo:${NAME}:*` } } }],
    ["no subject", { Condition: { StringEquals: { [aud]: "sts.amazonaws.com" } } }],
    ["no audience", { Condition: { StringEquals: { [sub]: `repo:${NAME}${MAIN}` } } }],
    ["everybody", { Principal: { AWS: "*" } }],
    [
      "a subject with a wildcard",
      { Condition: { StringEquals: { [aud]: "sts.amazonaws.com", [sub]: "*" } } },
    ],
  ])("%s is refused, not guessed", (_what, change) => {
    const trust = [{ ...statement, ...change }];
    expect(() => trustOf({ id: "Any", arn: "any", maxSession: 3600, trust, statements: [] })).toThrow(
      "none that is simulated",
    );
  });
});
