import { beforeAll, describe, expect, test } from "@jest/globals";
import { allowedBy, judge } from "../../drill/aws/access/judge.ts";
import { needsOf } from "../../drill/aws/access/needs.ts";
import type { CallRecord } from "../../drill/contracts.ts";
import { type Stacks, stacks } from "../support/stacks.ts";

const VAULT = "nn-aiconnectors-vault-dev";
const SERVICE = "aiconnectors-servicenow-dev";
const role = (name: string) => `arn:aws:iam::111122223333:role/firebreak-${name}-dev`;

const call = (
  principal: string,
  service: string,
  operation: string,
  resource: string,
  status = 200,
): CallRecord => ({
  at: "2026-11-21T02:40:00.000Z",
  service,
  operation,
  principal: role(principal),
  job: null,
  resource,
  status,
  error: status < 400 ? null : "AccessDenied",
});

let shipped: Stacks;
beforeAll(async () => {
  shipped = await stacks();
});

const facts = () => ({
  ...shipped.place,
  cluster: shipped.cluster,
  aliasesOf: () => [shipped.signingKeyAlias],
});
const verdict = (...calls: CallRecord[]) => judge(calls, shipped.roles, facts());

describe("a call log is held against the policies", () => {
  test("what is allowed counts as used, by role, statement and action", () => {
    const { used, refused } = verdict(
      call("containment", "ecs", "UpdateService", SERVICE),
      call("evidence", "s3", "GetObject", `${VAULT}/incidents/INC-1/ledger/00000001.json?versionId=7`),
    );
    expect(refused).toEqual([]);
    expect([...used]).toEqual([
      "firebreak-containment-dev: Services ecs:UpdateService",
      "firebreak-evidence-dev: Evidence s3:GetObjectVersion",
    ]);
  });

  test.each([
    ["an action that the role does not have", call("evidence", "ecs", "UpdateService", SERVICE)],
    ["another service", call("containment", "ecs", "UpdateService", "payments")],
    [
      "another place in the vault",
      call("containment", "s3", "PutObject", `${VAULT}/incidents/INC-1/captures/1/x`),
    ],
    ["another bucket", call("evidence", "s3", "GetObject", "payments/x")],
    ["a protected role", call("containment", "iam", "PutRolePolicy", "break-glass-admin")],
    ["its own role", call("containment", "iam", "UpdateAssumeRolePolicy", "firebreak-containment-dev")],
  ])("%s is named", (_what, one) => {
    const { refused, used } = verdict(one);
    expect(refused).toEqual([expect.stringContaining(`for ${one.operation}`)]);
    expect([...used]).toEqual([]);
  });

  test("a call that was refused by the platform as well is none", () => {
    expect(verdict(call("evidence", "ecs", "UpdateService", SERVICE, 400)).refused).toEqual([]);
  });

  test("one task of several outside the cluster's is enough", () => {
    const { refused } = judge([call("containment", "ecs", "DescribeTasks", "1 2")], shipped.roles, {
      ...facts(),
      cluster: "payments",
    });
    expect(refused).toHaveLength(2);
  });

  test("a copy needs its source as well", () => {
    const needs = needsOf(
      { service: "s3", operation: "CopyObject", resource: `${VAULT}/a`, source: "audit/b?versionId=1" },
      facts(),
    );
    expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      "s3:GetObjectVersion arn:aws:s3:::audit/b",
      `s3:PutObject arn:aws:s3:::${VAULT}/a`,
    ]);
  });

  test("an operation that nobody has looked up is an error, not an allowance", () => {
    expect(() => verdict(call("evidence", "s3", "RestoreObject", `${VAULT}/a`))).toThrow("s3:RestoreObject");
  });

  test("what is allowed is listed a line each", () => {
    expect(allowedBy(shipped.role("containment"))).toContain("firebreak-containment-dev: Tasks ecs:StopTask");
  });
});
