import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SeededEvent } from "../../drill/aws/cloudtrail.ts";
import { parsePolicy } from "../../drill/aws/s3/policy.ts";
import { checkAuditTrail } from "../../src/evidence/audit-trail/check.ts";
import type { Weight } from "../../src/evidence/audit-trail/finding.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const bucket = target.auditBucket;
const trailName = target.trail ?? "";
const statement = {
  Effect: "Deny",
  Principal: "*",
  Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
  Resource: `arn:aws:s3:::${bucket}/*`,
};
const POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const MALLORY = "arn:aws:sts::111122223333:assumed-role/admin/mallory";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ speed: 200 });
  const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
  for (const name of ["1", "2", "3"])
    platform.server.s3.seedObject(bucket, `servicenow/${day}/${name}`, name);
  platform.server.s3.bucket(bucket).policy = parsePolicy(POLICY);
  await platform.declare();
  await preserve(platform.deps(), await platform.open(), ["audit-logs"]);
});
afterEach(() => platform.close());

const check = async (policy: string | null = POLICY) =>
  checkAuditTrail(platform.deps(), await platform.open(), policy);

async function found(weight: Weight, policy: string | null = POLICY) {
  const { findings, ...report } = await check(policy);
  return { ...report, found: findings.filter((finding) => finding.weight === weight) };
}

function happened(eventName: string, changes: Partial<SeededEvent> = {}): void {
  platform.server.cloudtrail.seed({
    eventName,
    eventTime: platform.clock.now() - 3_600_000,
    eventSource: "s3.amazonaws.com",
    username: "mallory",
    arn: MALLORY,
    sourceIpAddress: "203.0.113.9",
    requestParameters: { bucketName: bucket },
    ...changes,
  });
}

describe("the audit trail is intact", () => {
  test("when settings, records and CloudTrail show nothing, and every question was answered", async () => {
    const report = await check();
    expect(report).toMatchObject({ verdict: "intact", policyChanged: false, capture: "7001" });
    expect(report.findings.map(({ weight }) => weight)).toEqual(report.findings.map(() => "note"));
    const lookups = platform.operations("cloudtrail").filter((operation) => operation === "LookupEvents");
    expect(lookups).toHaveLength(24);
  });

  test("without an expected policy, as long as the one that is there denies deletion", async () => {
    const { verdict, found: notes } = await found("note", null);
    expect(verdict).toBe("intact");
    expect(notes).toContainEqual(
      expect.objectContaining({ why: expect.stringContaining("the rule on deletion alone") }),
    );
  });

  test("when somebody tried and was refused, which is named", async () => {
    happened("DeleteBucketPolicy", { errorCode: "AccessDenied" });
    const { verdict, policyChanged, found: attempts } = await found("attempt");
    expect({ verdict, policyChanged }).toEqual({ verdict: "intact", policyChanged: false });
    expect(attempts).toEqual([
      expect.objectContaining({
        why: expect.stringMatching(/mallory from 203\.0\.113\.9 .*refused, AccessDenied/),
      }),
    ]);
  });

  test("when the expected policy was put again, and when other buckets were changed", async () => {
    happened("PutBucketPolicy", {
      requestParameters: { bucketName: bucket, bucketPolicy: JSON.parse(POLICY) },
    });
    happened("PutBucketPolicy", { requestParameters: { bucketName: "another", bucketPolicy: {} } });
    happened("PutBucketVersioning", {
      requestParameters: { bucketName: bucket, VersioningConfiguration: { Status: "Enabled" } },
    });
    happened("PutBucketLifecycle", {
      requestParameters: undefined as never,
      resources: [{ type: "AWS::S3::Bucket", name: `arn:aws:s3:::${bucket}-other` }],
    });
    expect(await check()).toMatchObject({ verdict: "intact", policyChanged: false });
  });
});

describe("the audit trail was tampered with", () => {
  test("when the policy is gone", async () => {
    platform.server.s3.bucket(bucket).policy = null;
    const { policyChanged, found: signs } = await found("tampered");
    expect(policyChanged).toBe(true);
    expect(signs).toMatchObject([
      { what: `the bucket policy of ${bucket}`, why: "there is none, so nothing denies deletion" },
    ]);
  });

  test("when the policy no longer denies deletion, or is not the expected one", async () => {
    const open = { Version: "2012-10-17", Statement: [{ ...statement, Action: "s3:PutObject" }] };
    platform.server.s3.bucket(bucket).policy = parsePolicy(JSON.stringify(open));
    const { verdict, policyChanged, found: signs } = await found("tampered");
    expect({ verdict, policyChanged }).toEqual({ verdict: "tampered", policyChanged: true });
    expect(signs.map(({ why }) => why)).toEqual([
      expect.stringContaining("no statement denies"),
      expect.stringContaining("statement 1 was changed"),
    ]);
  });

  test("when CloudTrail has a change of the policy, by event, person and place", async () => {
    happened("PutBucketPolicy", {
      eventId: "e-1",
      requestParameters: { bucketName: bucket, bucketPolicy: { Statement: [] } },
    });
    const { policyChanged, found: signs } = await found("tampered");
    expect(policyChanged).toBe(true);
    expect(signs).toEqual([
      expect.objectContaining({
        what: "PutBucketPolicy (e-1)",
        why: expect.stringMatching(
          new RegExp(
            `^by ${MALLORY} from 203\\.0\\.113\\.9 in eu-west-1 at .*: the bucket policy of ${bucket} was changed$`,
          ),
        ),
      }),
    ]);
  });

  test.each([
    "DeleteBucketPolicy",
    "PutBucketVersioning",
    "PutBucketLifecycle",
    "PutBucketObjectLockConfiguration",
  ])("when CloudTrail has %s", async (name) => {
    happened(name);
    expect(await found("tampered")).toMatchObject({
      verdict: "tampered",
      found: [{ what: expect.stringContaining(name) }],
    });
  });

  test.each(["StopLogging", "UpdateTrail", "DeleteTrail", "PutEventSelectors"])(
    "when CloudTrail has %s of a trail",
    async (name) => {
      happened(name, { eventSource: "cloudtrail.amazonaws.com", requestParameters: { name: trailName } });
      const { policyChanged, found: signs } = await found("tampered");
      expect(policyChanged).toBe(false);
      expect(signs).toEqual([
        expect.objectContaining({ why: expect.stringContaining(`the trail ${trailName}`) }),
      ]);
    },
  );

  test("when a captured version is not in the bucket any more", async () => {
    const store = platform.server.s3.bucket(bucket);
    const [key = ""] = [...store.keysFrom(() => true)];
    const versionId = store.newest(key)?.versionId ?? "";
    store.remove(key, versionId);
    const { found: signs } = await found("tampered");
    expect(signs).toEqual([
      {
        weight: "tampered",
        what: `s3://${bucket}/${key}?versionId=${versionId}`,
        why: "was captured, and is not in the bucket any more",
      },
    ]);
  });

  test("when a delete marker hides a record", async () => {
    platform.server.s3.bucket(bucket).policy = null;
    const [key = ""] = [...platform.server.s3.bucket(bucket).keysFrom(() => true)];
    await platform.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    platform.server.s3.bucket(bucket).policy = parsePolicy(POLICY);
    const { found: signs } = await found("tampered");
    expect(signs).toEqual([
      expect.objectContaining({
        what: `s3://${bucket}/${key}`,
        why: expect.stringContaining("delete marker"),
      }),
    ]);
  });

  test("when a capture saw a delete marker that has been taken away since", async () => {
    const store = platform.server.s3.bucket(bucket);
    const [key = ""] = [...store.keysFrom(() => true)];
    store.policy = null;
    await platform.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await preserve(platform.deps({ runId: 7002 }), await platform.open({ runId: 7002 }), ["audit-logs"]);
    store.remove(key, store.newest(key)?.versionId ?? "");
    store.policy = parsePolicy(POLICY);
    expect((await found("tampered")).found).toEqual([
      {
        weight: "tampered",
        what: `s3://${bucket}/${key}`,
        why: expect.stringContaining("capture 7002 found delete marker"),
      },
    ]);
  });

  test("when the runbook names the trail by its ARN, and it was stopped in its home region by its name", async () => {
    const region = "eu-central-1";
    const name = `arn:aws:cloudtrail:${region}:111122223333:trail/${trailName}`;
    happened("StopLogging", {
      eventSource: "cloudtrail.amazonaws.com",
      requestParameters: { name: trailName },
    });
    const record = await platform.open();
    const { runbook, target: own, vault, facts, id } = record;
    const evidence = { ...runbook.evidence, trail: { name } };
    const byArn = { runbook: { ...runbook, evidence }, target: own, vault, facts, id };
    const asked: string[] = [];
    const deps = platform.deps();
    const aws = (where: string) => {
      asked.push(where);
      return deps.aws(where);
    };
    const { findings } = await checkAuditTrail({ ...deps, aws }, byArn as typeof record, POLICY);
    expect(findings[0]).toMatchObject({ weight: "tampered", what: expect.stringContaining("StopLogging") });
    expect(new Set(asked)).toEqual(new Set(["eu-west-1", "us-east-1", region]));
  });

  test("when a lifecycle rule expires records too early; a late one and a disabled one are none", async () => {
    const rules = (Days: number, Status = "Enabled") => [
      { ID: "tidy", Status, Filter: { Prefix: "" }, Expiration: { Days } },
    ];
    const audit = platform.server.s3.bucket(bucket);
    audit.lifecycle = rules(1);
    expect((await found("tampered")).found).toEqual([
      expect.objectContaining({
        what: `lifecycle rule tidy of ${bucket}`,
        why: expect.stringContaining("expires records after 1 days"),
      }),
    ]);
    audit.lifecycle = rules(1, "Disabled");
    expect((await check()).verdict).toBe("intact");
    audit.lifecycle = rules(400);
    expect(await found("note")).toMatchObject({ verdict: "intact" });
  });
});

describe("nobody can say whether the audit trail is intact", () => {
  const refusing = (commands: readonly string[]) => {
    const wrap = (client: { send: unknown }) =>
      Object.create(client, {
        send: {
          value: (command: { constructor: { name: string } }) =>
            commands.includes(command.constructor.name.replace(/Command$/, ""))
              ? Promise.reject(Object.assign(new Error("not authorized"), { name: "AccessDenied" }))
              : (client.send as (sent: unknown) => Promise<unknown>).call(client, command),
        },
      });
    const { aws } = platform.deps();
    return {
      ...platform.deps(),
      aws: (region: string) => ({
        ...aws(region),
        s3: wrap(aws(region).s3),
        cloudtrail: wrap(aws(region).cloudtrail),
      }),
    };
  };

  test.each([
    ["GetBucketPolicy", "the bucket policy of"],
    ["GetBucketVersioning", "versioning of"],
    ["GetBucketLifecycleConfiguration", "the lifecycle rules of"],
    ["GetObjectLockConfiguration", "Object Lock of"],
    ["ListObjectVersions", "the records in"],
    ["LookupEvents", "CloudTrail's PutBucketPolicy in eu-west-1"],
  ])("when %s is refused, and it names what could not be read", async (operation, what) => {
    const { verdict, policyChanged, findings } = await checkAuditTrail(
      refusing([operation]),
      await platform.open(),
      POLICY,
    );
    expect({ verdict, policyChanged }).toEqual({ verdict: "unclear", policyChanged: false });
    const unclear = findings.filter(({ weight }) => weight === "unclear");
    expect(unclear).toContainEqual(
      expect.objectContaining({
        what: expect.stringContaining(what),
        why: expect.stringContaining("AccessDenied: not authorized"),
      }),
    );
  });

  test("but tampering that shows elsewhere is still tampering", async () => {
    happened("DeleteBucketPolicy");
    const report = await checkAuditTrail(refusing(["GetBucketVersioning"]), await platform.open(), POLICY);
    expect(report.verdict).toBe("tampered");
  });
});
