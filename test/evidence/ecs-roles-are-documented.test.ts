import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { collectEcs } from "../../src/evidence/sources/ecs.ts";
import { readObject } from "../../src/vault/vault.ts";
import {
  ACCOUNT,
  type PreservePlatform,
  REGION,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
const ROLE = `${target.service}-task`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/platform/boundary`;
const allow = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
});

describe("the roles that the tasks run with", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform({ tasks: [TASK] });
    const { store } = platform.server.iam;
    store.seedPolicy({ arn: BOUNDARY, documents: [allow("s3:*"), allow("s3:GetObject")] });
    const attached = Array.from({ length: 130 }, (_, index) => {
      const arn = `arn:aws:iam::${ACCOUNT}:policy/extra-${index}`;
      store.seedPolicy({ arn, documents: [allow(`sqs:Action${index}`)] });
      return arn;
    });
    store.seedRole({
      name: ROLE,
      trust: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: "*" }],
      },
      inline: { "read-one": allow("s3:GetObject"), b: allow("ssm:GetParameter") },
      attached,
      boundary: BOUNDARY,
      tags: { team: "connectors" },
      lastUsed: { at: Date.parse("2026-11-20T10:00:00Z"), region: REGION },
    });
  });
  afterEach(() => platform.close());

  const denied = Object.assign(new Error("not authorized"), { name: "AccessDenied" });
  /** The source with an IAM that refuses some operations. */
  async function refusing(...operations: string[]) {
    const source = await platform.source();
    const iam = {
      send: (command: { constructor: { name: string } }) =>
        operations.includes(command.constructor.name.replace(/Command$/, ""))
          ? Promise.reject(denied)
          : source.aws.iam.send(command as never),
    };
    return { ...source, aws: { ...source.aws, iam: iam as never } };
  }

  test("a role is documented with trust policy, all its policies as text, boundary, tags and last use", async () => {
    const { record, items } = await collectEcs(await platform.source());
    expect(record.status).toBe("complete");
    expect(record.roles).toEqual([
      {
        arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
        use: "task",
        key: `incidents/INC-42/captures/7001/iam/${ROLE}.json`,
      },
      {
        arn: `arn:aws:iam::${ACCOUNT}:role/${target.service}-execution`,
        use: "execution",
        key: `incidents/INC-42/captures/7001/iam/${target.service}-execution.json`,
      },
    ]);
    const key = items.find(({ origin }) => origin.uri.endsWith(`role/${ROLE}`))?.key ?? "";
    const { document } = JSON.parse(String(await readObject(platform.vault, key)));
    expect(document.role).toMatchObject({
      RoleName: ROLE,
      AssumeRolePolicyDocument: { Statement: [{ Principal: "*" }] },
      Tags: [{ Key: "team", Value: "connectors" }],
      RoleLastUsed: { LastUsedDate: "2026-11-20T10:00:00.000Z", Region: REGION },
    });
    expect(document.inlinePolicies).toEqual([
      { name: "b", document: allow("ssm:GetParameter") },
      { name: "read-one", document: allow("s3:GetObject") },
    ]);
    expect(document.attachedPolicies).toHaveLength(130);
    expect(document.attachedPolicies[129].document).toEqual(allow("sqs:Action129"));
    expect(document.permissionsBoundary).toEqual({
      arn: BOUNDARY,
      defaultVersion: "v2",
      document: allow("s3:GetObject"),
    });
  });

  test("a role that may not be read is a gap by name, and the rest is documented", async () => {
    const { record, items } = await collectEcs(await refusing("GetRole"));
    expect(record.status).toBe("partial");
    expect(record.gaps).toEqual([
      { what: `iam/${ROLE}.json`, why: "AccessDenied: not authorized" },
      { what: `iam/${target.service}-execution.json`, why: "AccessDenied: not authorized" },
    ]);
    expect(record.roles?.map(({ key }) => key)).toEqual([null, null]);
    expect(items).toHaveLength(4);
  });

  test("a policy that may not be read is a gap by name in a role that is documented otherwise", async () => {
    const { record, items } = await collectEcs(await refusing("GetPolicyVersion", "GetRolePolicy"));
    expect(record.status).toBe("partial");
    expect(record.gaps).toContainEqual({
      what: `inline policy b of role ${ROLE}`,
      why: "AccessDenied: not authorized",
    });
    expect(record.gaps).toContainEqual({
      what: `policy ${BOUNDARY} of role ${ROLE}`,
      why: "AccessDenied: not authorized",
    });
    expect(items).toHaveLength(6);
  });

  test("a role that somebody deleted is a gap by name", async () => {
    platform.server.iam.store.deleteRole(ROLE);
    const { record } = await collectEcs(await platform.source());
    expect(record.gaps).toEqual([{ what: `iam/${ROLE}.json`, why: expect.stringContaining("NoSuchEntity") }]);
  });
});
