import { beforeAll, describe, expect, test } from "@jest/globals";
import { decide } from "../../drill/aws/access/decide.ts";
import type { Need } from "../../drill/aws/access/needs.ts";
import { type Stacks, stacks } from "../support/stacks.ts";

const VAULT = "arn:aws:s3:::nn-aiconnectors-vault-dev";
const ROLE = "arn:aws:iam::111122223333:role";
const SUBJECT = "token.actions.githubusercontent.com:sub";
const need = (action: string, resource: string, context: Need["context"] = {}): Need => ({
  action,
  resource,
  context,
});

let shipped: Stacks;
beforeAll(async () => {
  shipped = await stacks();
});

describe("whom the roles trust", () => {
  const subjects = (role: "evidence" | "containment", from = shipped) =>
    from.role(role).trust.map(({ Condition }) => Condition?.StringEquals?.[SUBJECT]);

  test("the evidence role: the default branch of the repository, by name and by ids", () => {
    expect(subjects("evidence")).toEqual([
      ["repo:acme/platform:ref:refs/heads/main", "repo:acme@41234567/platform@812345678:ref:refs/heads/main"],
    ]);
  });

  test("the containment role: the GitHub environments with reviewers, by name and by ids", () => {
    expect(subjects("containment")).toEqual([
      [
        "repo:acme/platform:environment:containment-dev",
        "repo:acme@41234567/platform@812345678:environment:containment-dev",
        "repo:acme/platform:environment:break-glass-dev",
        "repo:acme@41234567/platform@812345678:environment:break-glass-dev",
      ],
    ]);
  });

  test("no break-glass environment, no trust in one", async () => {
    const without = await stacks({ BreakGlassEnvironment: "" });
    expect(subjects("containment", without)).toEqual([
      [
        "repo:acme/platform:environment:containment-dev",
        "repo:acme@41234567/platform@812345678:environment:containment-dev",
      ],
    ]);
  });

  test("only tokens meant for AWS, and sessions of two hours", () => {
    for (const name of ["evidence", "containment"] as const) {
      const { trust, maxSession } = shipped.role(name);
      expect(maxSession).toBe(7200);
      expect(trust.map(({ Condition }) => Condition?.StringEquals)).toEqual([
        expect.objectContaining({ "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" }),
      ]);
    }
  });
});

describe("what neither role may do, even if another policy allowed everything", () => {
  const everything = { Sid: "Everything", Effect: "Allow" as const, Action: "*", Resource: "*" };
  const denied: [string, string][] = [
    ["s3:DeleteObject", `${VAULT}/incidents/INC-42/ledger/00000001.json`],
    ["s3:DeleteObjectVersion", `${VAULT}/incidents/INC-42/ledger/00000001.json`],
    ["s3:BypassGovernanceRetention", `${VAULT}/incidents/INC-42/ledger/00000001.json`],
    ["s3:PutBucketPolicy", VAULT],
    ["s3:DeleteBucketPolicy", "arn:aws:s3:::nn-aiconnectors-audit-dev"],
    ["s3:PutLifecycleConfiguration", VAULT],
    ["s3:PutBucketObjectLockConfiguration", VAULT],
    ["logs:DeleteLogStream", "arn:aws:logs:eu-west-1:111122223333:log-group:any:log-stream:any"],
    ["logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:any:*"],
    ["logs:PutRetentionPolicy", "arn:aws:logs:eu-west-1:111122223333:log-group:any:*"],
    ["logs:Unmask", "arn:aws:logs:eu-west-1:111122223333:log-group:any:*"],
    ["cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/any"],
    ["cloudtrail:DeleteTrail", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/any"],
    ["ssm:UnlabelParameterVersion", "arn:aws:ssm:eu-west-1:111122223333:parameter/any"],
    ["kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:111122223333:key/any"],
    ["iam:PutRolePolicy", `${ROLE}/firebreak-containment-dev`],
    ["iam:UpdateAssumeRolePolicy", `${ROLE}/firebreak-evidence-dev`],
    ["iam:UpdateAssumeRolePolicy", `${ROLE}/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`],
    ["iam:PutRolePolicy", `${ROLE}/break-glass-admin`],
    ["s3:PutObjectLegalHold", `${VAULT}/incidents/INC-42/ledger/00000001.json`],
  ];

  test.each(denied)("%s on %s", (action, resource) => {
    for (const name of ["evidence", "containment"] as const) {
      const statements = [...shipped.role(name).statements, everything];
      expect(decide(statements, need(action, resource))).toMatchObject({ allowed: false, by: { action } });
    }
  });

  test("the check tells a denial from what is merely not allowed", () => {
    const statements = [...shipped.role("evidence").statements, everything];
    expect(decide(statements, need("ec2:RunInstances", "*")).allowed).toBe(true);
    expect(decide(shipped.role("evidence").statements, need("ec2:RunInstances", "*"))).toEqual({
      allowed: false,
      by: null,
    });
  });
});

describe("where a role's permissions end", () => {
  const may = (role: "evidence" | "containment" | "batch-copy", ...request: Parameters<typeof need>) =>
    decide(shipped.role(role).statements, need(...request)).allowed;

  test("containment writes the ledger, and nothing else in the vault", () => {
    expect(may("containment", "s3:PutObject", `${VAULT}/incidents/INC-42/ledger/00000008.json`)).toBe(true);
    expect(may("containment", "s3:PutObject", `${VAULT}/incidents/INC-42/captures/1/manifest.json`)).toBe(
      false,
    );
  });

  test("evidence changes no service, no parameter's value and no role", () => {
    expect(
      may(
        "evidence",
        "ecs:UpdateService",
        "arn:aws:ecs:eu-west-1:111122223333:service/aiconnectors-dev/aiconnectors-servicenow-dev",
      ),
    ).toBe(false);
    expect(
      may(
        "evidence",
        "ssm:PutParameter",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/aiconnectors/dev/servicenow/azure-client-secret",
      ),
    ).toBe(false);
    expect(may("evidence", "iam:PutRolePolicy", `${ROLE}/aiconnectors-servicenow-dev-task`)).toBe(false);
  });

  test("containment stays in its cluster and among the mcps' roles", () => {
    const cluster = (name: string) => ({
      "ecs:cluster": `arn:aws:ecs:eu-west-1:111122223333:cluster/${name}`,
    });
    expect(may("containment", "ecs:ListTasks", "*", cluster("aiconnectors-dev"))).toBe(true);
    expect(may("containment", "ecs:ListTasks", "*", cluster("payments"))).toBe(false);
    expect(may("containment", "iam:PutRolePolicy", `${ROLE}/aiconnectors-servicenow-dev-task`)).toBe(true);
    expect(may("containment", "iam:PutRolePolicy", `${ROLE}/payments-task`)).toBe(false);
  });

  test("evidence signs with the key of that alias alone", () => {
    const key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    expect(
      may("evidence", "kms:Sign", key, { "kms:resourcealiases": ["alias/aiconnectors-evidence-dev"] }),
    ).toBe(true);
    expect(may("evidence", "kms:Sign", key, { "kms:resourcealiases": ["alias/payments"] })).toBe(false);
    expect(may("evidence", "kms:Sign", key)).toBe(false);
  });

  test("what the runbook does not name is not allowed", async () => {
    const bare = await stacks({
      SigningKeyAlias: "",
      Trail: "",
      TrailBucket: "",
      LogExportBucket: "",
      BatchCopy: "false",
    });
    const actions = bare.role("evidence").statements.flatMap(({ Action }) => [Action].flat());
    for (const action of [
      "kms:Sign",
      "cloudtrail:GetTrail",
      "logs:CreateExportTask",
      "s3:CreateJob",
      "iam:PassRole",
    ]) {
      expect(actions).not.toContain(action);
    }
  });
});
