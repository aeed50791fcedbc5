import { beforeAll, describe, expect, test } from "@jest/globals";
import { allowedBy, judge } from "../../drill/aws/access/judge.ts";
import type { Need } from "../../drill/aws/access/needs.ts";
import type { CallRecord } from "../../drill/contracts.ts";
import { compare } from "../../scripts/policies/compare.ts";
import { type DevStacks, stacks } from "../support/stacks.ts";

const VAULT = "nn-aiconnectors-vault-dev";
const CLUSTER = "aiconnectors-dev";
const SERVICE = { cluster: CLUSTER, service: "aiconnectors-servicenow-dev" };

let shipped: DevStacks;
beforeAll(async () => {
  shipped = await stacks();
});

const call = (role: string, operation: string, needs: Need[], status = 200): CallRecord => ({
  at: "2026-11-21T02:40:00.000Z",
  service: "any",
  operation,
  principal: `arn:aws:iam::111122223333:role/firebreak-${role}-dev`,
  job: null,
  resource: "any",
  status,
  error: status < 400 ? null : "AccessDenied",
  needs,
});
const onObject = (action: string, path: string): Need[] => [
  { action, resource: `arn:aws:s3:::${path}`, context: {} },
];
const verdict = (...calls: CallRecord[]) => judge(calls, shipped.roles);

describe("a call log is held against the policies", () => {
  test("what is allowed counts as used, by role, statement and action", () => {
    const { used, refused } = verdict(
      call("containment", "UpdateService", shipped.needs("ecs", "UpdateService", SERVICE)),
      call("evidence", "GetObject", onObject("s3:GetObjectVersion", `${VAULT}/incidents/INC-1/ledger/1`)),
    );
    expect([...refused]).toEqual([]);
    expect([...used]).toEqual([
      "ContainmentRole: Services ecs:UpdateService",
      "EvidenceRole: Evidence s3:GetObjectVersion",
    ]);
  });

  test("an export of logs takes the right to write where it goes, as well", () => {
    const exportTo = (destination: string) => {
      const input = { logGroupName: "/ecs/aiconnectors-servicenow-dev", destination };
      return verdict(call("evidence", "CreateExportTask", shipped.needs("logs", "CreateExportTask", input)));
    };
    const { used, refused } = exportTo("nn-aiconnectors-log-exports-dev");
    expect([...refused]).toEqual([]);
    expect([...used]).toEqual([
      "EvidenceRole: ExportLogs logs:CreateExportTask",
      "EvidenceRole: ExportedLogs s3:PutObject",
    ]);
    expect([...exportTo("somebody-elses").refused]).toEqual([
      expect.stringContaining("s3:PutObject on arn:aws:s3:::somebody-elses/"),
    ]);
  });

  test.each([
    ["an action that the role does not have", "evidence", "ecs", "UpdateService", SERVICE],
    ["another service", "containment", "ecs", "UpdateService", { ...SERVICE, service: "payments" }],
    ["another cluster", "containment", "ecs", "UpdateService", { ...SERVICE, cluster: "payments" }],
    ["a protected role", "containment", "iam", "PutRolePolicy", { RoleName: "break-glass-admin" }],
    [
      "its own role",
      "containment",
      "iam",
      "UpdateAssumeRolePolicy",
      { RoleName: "firebreak-containment-dev" },
    ],
    ["a parameter of nobody's", "containment", "ssm", "PutParameter", { Name: "/payments/key" }],
  ])("%s is named, also when the platform refused it", (_what, role, service, operation, input) => {
    for (const status of [200, 403]) {
      const { refused, used } = verdict(
        call(role, operation, shipped.needs(service, operation, input), status),
      );
      expect([...refused]).toEqual([expect.stringContaining(`for ${operation}`)]);
      expect([...used]).toEqual([]);
    }
  });

  test.each([
    [
      "another place in the vault",
      "containment",
      onObject("s3:PutObject", `${VAULT}/incidents/INC-1/captures/1/x`),
    ],
    ["another bucket", "evidence", onObject("s3:GetObject", "payments/x")],
  ])("%s is named", (_what, role, needs) => {
    expect(verdict(call(role, "any", needs)).refused.size).toBe(1);
  });

  test("each task of several is asked for", () => {
    const needs = shipped.needs("ecs", "DescribeTasks", { cluster: "payments", tasks: ["1", "2"] });
    expect(verdict(call("containment", "DescribeTasks", needs)).refused.size).toBe(2);
  });

  test("an operation that nobody has looked up is an error, not an allowance", () => {
    expect(() => shipped.needs("ssm", "DeleteParameter", {})).toThrow("ssm:DeleteParameter");
  });

  test("what is allowed is listed a line each", () => {
    expect(allowedBy(shipped.role("containment"))).toContain("ContainmentRole: Tasks ecs:StopTask");
  });
});

describe("what is allowed is held against what was used", () => {
  const stop = "ContainmentRole: Tasks ecs:StopTask";
  const compared = (used: string[], exempt: Record<string, string>) =>
    compare([shipped.role("containment")], { used: new Set(used), refused: new Set() }, exempt)[0];

  test("what no call needed is unused, unless it is exempt", () => {
    expect(compared([], {})?.unused).toContain(stop);
    const comparison = compared([], { [stop]: "only a real account has it" });
    expect(comparison?.unused).not.toContain(stop);
    expect(comparison).toMatchObject({ exempt: [stop], needless: [] });
  });

  test("an exemption that is used is named, and one of what is not allowed", () => {
    expect(compared([stop], { [stop]: "why" })).toMatchObject({ exempt: [], needless: [stop] });
    const other = "ContainmentRole: Tasks ecs:RunTask";
    expect(compared([stop], { [other]: "why" })?.needless).toEqual([other]);
  });

  test("an exemption of no role is an error", () => {
    expect(() => compared([], { "Another: Tasks ecs:StopTask": "why" })).toThrow("Another");
  });
});
