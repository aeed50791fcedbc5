import { beforeAll, describe, expect, test } from "@jest/globals";
import { decide } from "../../drill/aws/access/decide.ts";
import type { Need } from "../../drill/aws/access/needs.ts";
import { type DevStacks, stacks } from "../support/stacks.ts";

const VAULT = "arn:aws:s3:::nn-aiconnectors-vault-dev";
const ROLE = "arn:aws:iam::111122223333:role";
const SUBJECT = "token.actions.githubusercontent.com:sub";
const need = (action: string, resource: string, context: Need["context"] = {}): Need => ({
  action,
  resource,
  context,
});

let shipped: DevStacks;
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

const everything = { Sid: "Everything", Effect: "Allow" as const, Action: "*", Resource: "*" };
const BOTH = ["evidence", "containment"] as const;
/** What a role may do if somebody attached a policy to it that allows everything. */
const evenSo = (role: (typeof BOTH)[number], action: string, resource: string, from = shipped) =>
  decide([...from.role(role).statements, everything], need(action, resource));

describe("what neither role may do anywhere, even if another policy allowed everything", () => {
  const places: Record<string, string[]> = {
    s3: [
      VAULT,
      `${VAULT}/incidents/INC-42/ledger/00000001.json`,
      `${VAULT}/incidents/INC-42/captures/1/manifest.json`,
      "arn:aws:s3:::nn-aiconnectors-audit-dev",
      "arn:aws:s3:::nn-aiconnectors-audit-dev/servicenow/2026/11/21/1.ndjson",
      "arn:aws:s3:::aiconnectors-trail-dev-111122223333/AWSLogs/any",
      "arn:aws:s3:::nn-aiconnectors-log-exports-dev/any",
      "arn:aws:s3:::anything/else",
    ],
    logs: [
      "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/aiconnectors-servicenow-dev:log-stream:any",
      "arn:aws:logs:us-east-1:111122223333:log-group:any:*",
    ],
    cloudtrail: [
      "arn:aws:cloudtrail:eu-west-1:111122223333:trail/aiconnectors-trail-dev",
      "arn:aws:cloudtrail:us-east-1:111122223333:trail/any",
    ],
    ssm: ["arn:aws:ssm:eu-west-1:111122223333:parameter/aiconnectors/dev/servicenow/azure-client-secret"],
    kms: ["arn:aws:kms:eu-west-1:111122223333:key/any"],
  };
  const denied = [
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging",
    "s3:DeleteBucket",
    "s3:BypassGovernanceRetention",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutReplicationConfiguration",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutObjectAcl",
    "s3:PutBucketPublicAccessBlock",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:PutRetentionPolicy",
    "logs:DeleteRetentionPolicy",
    "logs:CancelExportTask",
    "logs:Unmask",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudtrail:PutEventSelectors",
    "ssm:DeleteParameter",
    "ssm:DeleteParameters",
    "ssm:UnlabelParameterVersion",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
  ];

  test.each(denied)("%s", (action) => {
    for (const role of BOTH) {
      for (const place of places[action.slice(0, action.indexOf(":"))] ?? [])
        expect([place, evenSo(role, action, place)]).toEqual([
          place,
          { allowed: false, by: { sid: expect.any(String), action } },
        ]);
      const always = shipped
        .role(role)
        .statements.filter(
          ({ Effect, Resource, Condition }) => Effect === "Deny" && Resource === "*" && !Condition,
        );
      expect(always.flatMap(({ Action = [] }) => Action)).toContain(action);
    }
  });

  test.each([
    ["its own role", "iam:PutRolePolicy", "firebreak-containment-dev"],
    ["the other role", "iam:UpdateAssumeRolePolicy", "firebreak-evidence-dev"],
    ["the role of another environment", "iam:DeleteRolePolicy", "firebreak-evidence-prod"],
    [
      "a service-linked role",
      "iam:UpdateAssumeRolePolicy",
      "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    ],
    ["a role that the runbook protects", "iam:PutRolePolicy", "break-glass-admin"],
  ])("nor change %s", (_whose, action, name) => {
    for (const role of BOTH)
      expect(evenSo(role, action, `${ROLE}/${name}`)).toMatchObject({ allowed: false, by: { action } });
  });

  test("nor lift a legal hold", () => {
    const action = "s3:PutObjectLegalHold";
    for (const role of BOTH)
      expect(evenSo(role, action, `${VAULT}/incidents/INC-42/ledger/1`)).toMatchObject({
        allowed: false,
        by: { action },
      });
  });

  test("nor write a bucket's policy, but for containment the audit bucket's", async () => {
    const audit = "arn:aws:s3:::nn-aiconnectors-audit-dev";
    const action = "s3:PutBucketPolicy";
    const buckets = (places.s3 ?? []).filter((place) => !place.includes("/"));
    for (const bucket of [...buckets, "arn:aws:s3:::anything"]) {
      const denied = { allowed: false, by: { action } };
      expect(evenSo("evidence", action, bucket)).toMatchObject(denied);
      if (bucket !== audit) expect(evenSo("containment", action, bucket)).toMatchObject(denied);
    }
    expect(decide(shipped.role("containment").statements, need(action, audit)).allowed).toBe(true);
    const confused = await stacks({ AuditBucket: "nn-aiconnectors-vault-dev" });
    expect(evenSo("containment", action, VAULT, confused).allowed).toBe(false);
  });

  test("evidence never puts a policy on the audit bucket either, even if another policy allowed everything", () => {
    const bucket = "arn:aws:s3:::nn-aiconnectors-audit-dev";
    const statements = [...shipped.role("evidence").statements, everything];
    expect(decide(statements, need("s3:PutBucketPolicy", bucket))).toMatchObject({ allowed: false });
    expect(decide(statements, need("s3:PutBucketPolicy", bucket)).by).not.toBeNull();
  });

  test("the check tells a denial from what is merely not allowed", () => {
    expect(evenSo("evidence", "ec2:RunInstances", "*").allowed).toBe(true);
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

  test("containment puts a policy on the audit bucket, and on no other", () => {
    expect(may("containment", "s3:PutBucketPolicy", "arn:aws:s3:::nn-aiconnectors-audit-dev")).toBe(true);
    expect(may("containment", "s3:PutBucketPolicy", VAULT)).toBe(false);
    expect(may("containment", "s3:PutBucketPolicy", "arn:aws:s3:::nn-aiconnectors-audit-prod")).toBe(false);
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

  test("a new secret can be written under the customer's key of a parameter, of either tier", async () => {
    const key = "arn:aws:kms:eu-west-1:111122223333:key/parameters";
    const { statements } = (await stacks({ KmsKeys: key })).role("containment");
    for (const action of ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])
      expect({ action, ...decide(statements, need(action, key)) }).toMatchObject({ action, allowed: true });
    expect(decide(statements, need("kms:Encrypt", key.replace("parameters", "others"))).allowed).toBe(false);
  });

  test("evidence signs with the key of that alias alone", () => {
    const key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    expect(
      may("evidence", "kms:Sign", key, { "kms:resourcealiases": ["alias/aiconnectors-evidence-dev"] }),
    ).toBe(true);
    expect(may("evidence", "kms:Sign", key, { "kms:resourcealiases": ["alias/payments"] })).toBe(false);
    expect(may("evidence", "kms:Sign", key)).toBe(false);
  });

  test("evidence tells people by the runbook's topics and from its address alone", () => {
    const topic = (name: string) => `arn:aws:sns:eu-west-1:111122223333:${name}`;
    expect(may("evidence", "sns:Publish", topic("aiconnectors-alarms-dev"))).toBe(true);
    expect(may("evidence", "sns:Publish", topic("payments"))).toBe(false);
    const identity = (name: string) => `arn:aws:ses:eu-west-1:111122223333:identity/${name}`;
    const send = (name: string, from: string) =>
      may("evidence", "ses:SendEmail", identity(name), { "ses:fromaddress": from });
    expect(send("incidents@example.com", "incidents@example.com")).toBe(true);
    expect(send("example.com", "incidents@example.com")).toBe(true);
    expect(send("example.com", "director@example.com")).toBe(false);
    expect(send("example.org", "incidents@example.com")).toBe(false);
    expect(may("containment", "sns:Publish", topic("aiconnectors-alarms-dev"))).toBe(false);
  });

  test("what the runbook does not name is not allowed", async () => {
    const bare = await stacks({
      SigningKeyAlias: "",
      Trail: "",
      TrailBucket: "",
      LogExportBucket: "",
      BatchCopy: "false",
      Topics: "",
      EmailFrom: "",
    });
    const actions = bare.role("evidence").statements.flatMap(({ Action = [] }) => [Action].flat());
    for (const action of [
      "kms:Sign",
      "cloudtrail:GetTrail",
      "logs:CreateExportTask",
      "s3:CreateJob",
      "iam:PassRole",
      "sns:Publish",
      "ses:SendEmail",
    ]) {
      expect(actions).not.toContain(action);
    }
  });
});
