import { ListBucketsCommand } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OidcIssuer } from "../../../drill/oidc.ts";
import { ACCOUNT, errorOf, OPERATOR, type Platform, refusalOf, startPlatform } from "./core-platform.ts";

const ROLE = `arn:aws:iam::${ACCOUNT}:role/firebreak/containment-prod`;
let platform: Platform;
let anonymous: STSClient;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.sts.trust({
    roleArn: ROLE,
    audience: "sts.amazonaws.com",
    subjects: [
      "repo:acme/platform:environment:containment-prod",
      "repo:acme@*/platform@*:environment:containment-prod",
    ],
    assumableBy: [OPERATOR],
  });
  anonymous = new STSClient({
    endpoint: platform.config.endpoint,
    region: platform.config.region,
    maxAttempts: 1,
  });
});
afterAll(() => platform.close());

const CLAIMS = {
  sub: "repo:acme/platform:environment:containment-prod",
  aud: "sts.amazonaws.com",
  job_workflow_job: "contain",
};
const mint = (claims: object = {}) => platform.oidc.mint({ ...CLAIMS, ...claims }, Date.now());
const assume = (WebIdentityToken: string, more: object = {}) =>
  anonymous.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE,
      RoleSessionName: "GitHubActions",
      WebIdentityToken,
      ...more,
    }),
  );

function signIn({ AccessKeyId = "", SecretAccessKey = "", SessionToken = "" }: Credentials) {
  return {
    ...platform.session,
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
}

describe("AssumeRoleWithWebIdentity", () => {
  test.each([CLAIMS.sub, "repo:acme@12/platform@34:environment:containment-prod"])(
    "lets in %s",
    async (sub) => {
      const result = await assume(mint({ sub }), { DurationSeconds: 900 });
      expect(result).toMatchObject({
        SubjectFromWebIdentityToken: sub,
        Audience: "sts.amazonaws.com",
        AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/containment-prod/GitHubActions` },
      });
      const minutes = (Number(result.Credentials?.Expiration) - Date.now()) / 60_000;
      expect(Math.round(minutes)).toBe(15);
    },
  );

  test("gives credentials that work, and their calls carry the role and the job", async () => {
    const { Credentials: credentials } = await assume(mint());
    expect(platform.calls.all().at(-1)).toMatchObject({
      operation: "AssumeRoleWithWebIdentity",
      principal: ROLE,
      job: "contain",
      error: null,
    });
    const session = signIn(credentials as Credentials);
    await platform.s3As(session).send(new ListBucketsCommand({}));
    expect(platform.calls.all().at(-1)).toMatchObject({
      operation: "ListBuckets",
      principal: ROLE,
      job: "contain",
    });
    const identity = await new STSClient({ ...platform.config, credentials: session }).send(
      new GetCallerIdentityCommand({}),
    );
    expect(identity).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/containment-prod/GitHubActions`,
    });
  });

  test.each([
    ["another environment's job", () => mint({ sub: "repo:acme/platform:environment:containment-dev" })],
    ["a job without an environment", () => mint({ sub: "repo:acme/platform:ref:refs/heads/main" })],
    ["a subject that only begins right", () => mint({ sub: `${CLAIMS.sub}-2` })],
    ["another audience", () => mint({ aud: "https://github.com/acme" })],
  ])("refuses %s", async (_name, token) => {
    expect(await refusalOf(assume(token()))).toMatchObject({
      name: "AccessDenied",
      status: 403,
      message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    });
    expect(platform.calls.all().at(-1)).toMatchObject({
      principal: "anonymous",
      job: "contain",
      resource: ROLE,
      error: "AccessDenied",
    });
  });

  test("refuses an unknown role, a foreign token, an expired one, and a wrong duration", async () => {
    expect(await errorOf(assume(mint(), { RoleArn: `arn:aws:iam::${ACCOUNT}:role/unknown` }))).toBe(
      "AccessDenied",
    );
    expect(await errorOf(assume(new OidcIssuer().mint(CLAIMS, Date.now())))).toBe(
      "InvalidIdentityTokenException",
    );
    expect(platform.calls.all().at(-1)).toMatchObject({ principal: "anonymous", job: null });
    expect(await errorOf(assume(platform.oidc.mint(CLAIMS, Date.now() - 400_000)))).toBe(
      "ExpiredTokenException",
    );
    expect(await errorOf(assume(mint(), { DurationSeconds: 7200 }))).toBe("ValidationError");
    expect(await errorOf(assume(mint(), { RoleSessionName: "no spaces" }))).toBe("ValidationError");
    expect(platform.calls.all().at(-1)).toMatchObject({ principal: "anonymous", job: "contain" });
  });

  test("refuses what it does not simulate", async () => {
    expect(await errorOf(assume(mint(), { Policy: "{}" }))).toBe("NotImplemented");
    expect(await errorOf(new STSClient(platform.config).send(new GetSessionTokenCommand({})))).toBe(
      "NotImplemented",
    );
  });
});

test("AssumeRole asks the role's trust too", async () => {
  const command = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "operator" });
  expect((await new STSClient(platform.config).send(command)).AssumedRoleUser?.Arn).toContain(
    "assumed-role/containment-prod",
  );
  const stranger = platform.aws.sessions.issue({ roleArn: `arn:aws:iam::${ACCOUNT}:role/stranger` });
  const client = new STSClient({ ...platform.config, credentials: stranger });
  expect(await errorOf(client.send(command))).toBe("AccessDenied");
});
