import {
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ACCOUNT, errorOf, type Platform, REGION, refusalOf, startPlatform } from "./core-platform.ts";

const MANAGED = `arn:aws:iam::${ACCOUNT}:policy/team/read`;
const statement = (more: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "*", ...more }] });
const decoded = (text: string | undefined) => JSON.parse(decodeURIComponent(text ?? ""));

describe("the simulated IAM", () => {
  let platform: Platform;
  let iam: IAMClient;
  beforeEach(async () => {
    platform = await startPlatform();
    iam = new IAMClient({ ...platform.config, region: "us-east-1" });
    const { store } = platform.aws.iam;
    store.seedPolicy({ arn: MANAGED, documents: [{ v: 1 }, { v: 2 }], createdAt: 1000 });
    store.seedRole({
      name: "worker",
      path: "/team/",
      trust: { Version: "2012-10-17", Statement: [] },
      inline: { one: { a: "ø&<" }, two: {}, three: {} },
      attached: [MANAGED],
      boundary: MANAGED,
      tags: { owner: "team" },
      lastUsed: { at: 1_700_000_000_000, region: REGION },
    });
  });
  afterEach(async () => {
    iam.destroy();
    await platform.close();
  });
  const RoleName = "worker";

  test("a role has trust policy, boundary, tags and last use; its ARN has its path", async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:role/team/worker`,
      RoleId: expect.stringMatching(/^AROA[0-9A-F]{17}$/),
      PermissionsBoundary: { PermissionsBoundaryArn: MANAGED },
      Tags: [{ Key: "owner", Value: "team" }],
      RoleLastUsed: { LastUsedDate: new Date(1_700_000_000_000), Region: REGION },
    });
    expect(decoded(Role?.AssumeRolePolicyDocument)).toEqual({ Version: "2012-10-17", Statement: [] });
  });

  test("policies are listed by pages and read by name or version", async () => {
    const first = await iam.send(new ListRolePoliciesCommand({ RoleName, MaxItems: 2 }));
    expect(first).toMatchObject({ PolicyNames: ["one", "three"], IsTruncated: true });
    const rest = await iam.send(new ListRolePoliciesCommand({ RoleName, Marker: first.Marker }));
    expect(rest).toMatchObject({ PolicyNames: ["two"], IsTruncated: false });
    const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "one" }));
    expect(decoded(inline.PolicyDocument)).toEqual({ a: "ø&<" });
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(attached.AttachedPolicies).toEqual([{ PolicyName: "read", PolicyArn: MANAGED }]);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: MANAGED }));
    expect(Policy?.DefaultVersionId).toBe("v2");
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: MANAGED, VersionId: "v2" }),
    );
    expect(PolicyVersion).toMatchObject({ IsDefaultVersion: true });
    expect(decoded(PolicyVersion?.Document)).toEqual({ v: 2 });
  });

  test("an inline policy can be put and deleted, a trust policy replaced", async () => {
    const PolicyDocument = statement({ Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "revoke", PolicyDocument }));
    const put = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "revoke" }));
    expect(decoded(put.PolicyDocument)).toEqual(JSON.parse(PolicyDocument));
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "revoke" }));
    const again = new DeleteRolePolicyCommand({ RoleName, PolicyName: "revoke" });
    expect(await errorOf(iam.send(again))).toBe("NoSuchEntityException");
    const trust = statement({ Principal: "*" });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(decoded(Role?.AssumeRolePolicyDocument)).toEqual(JSON.parse(trust));
  });

  test.each([
    ["no JSON", "{"],
    ["a policy without statements", "{}"],
    ["a statement without a resource", statement({})],
  ])("%s is malformed", async (_name, PolicyDocument) => {
    const call = iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "x", PolicyDocument }));
    expect(await refusalOf(call)).toMatchObject({ name: "MalformedPolicyDocumentException", status: 400 });
  });

  test("what is not there is NoSuchEntity, what is not simulated is refused", async () => {
    expect(await refusalOf(iam.send(new GetRoleCommand({ RoleName: "nobody" })))).toMatchObject({
      name: "NoSuchEntityException",
      status: 404,
      message: "The role with name nobody cannot be found.",
    });
    expect(await refusalOf(iam.send(new ListUsersCommand({})))).toMatchObject({ status: 501 });
    expect(
      await refusalOf(iam.send(new ListRolePoliciesCommand({ RoleName, MaxItems: 5000 }))),
    ).toMatchObject({
      status: 400,
    });
  });

  test("IAM and STS share the protocol and are told apart by their signatures", async () => {
    const sts = new STSClient(platform.config);
    await sts.send(new GetCallerIdentityCommand({}));
    await iam.send(new GetRoleCommand({ RoleName }));
    sts.destroy();
    expect(
      platform.calls.all().map(({ service, operation, resource }) => [service, operation, resource]),
    ).toEqual([
      ["sts", "GetCallerIdentity", ""],
      ["iam", "GetRole", "worker"],
    ]);
  });
});
