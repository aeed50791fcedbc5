import { afterEach, describe, expect, test } from "@jest/globals";
import { changersOf, principalOf, suspectRole } from "../../src/evidence/audit-trail/changers.ts";
import type { Finding } from "../../src/evidence/audit-trail/finding.ts";
import { collectPrincipalRole } from "../../src/evidence/sources/iam-principal.ts";
import { LedgerBuilder } from "../support/incident.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const ACCOUNT = "111122223333";
const session = (role: string, name = "x1") => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const found = (by: string, hour: number, policy: boolean): Finding => ({
  weight: "tampered",
  what: `event of ${hour}`,
  why: "",
  policy,
  changed: { by, at: `2026-11-21T${String(hour).padStart(2, "0")}:00:00.000Z` },
});

describe("who changed the audit trail", () => {
  test("who changed the policy first, the newest change first, each role once", () => {
    const changers = changersOf([
      found(session("late"), 9, false),
      found(session("early"), 1, true),
      found(session("newest", "one"), 7, true),
      found(session("newest", "two"), 3, true),
      { weight: "tampered", what: "the bucket policy", why: "", policy: true },
    ]);
    expect(changers.map(({ principal, policy }) => [principal, policy])).toEqual([
      [session("newest", "one"), true],
      [session("early"), true],
      [session("late"), false],
    ]);
  });

  test("the incident is about whom it was declared with, else about the first role of its account", () => {
    const names = [
      "cloudformation.amazonaws.com",
      `arn:aws:iam::${ACCOUNT}:root`,
      "arn:aws:sts::999988887777:assumed-role/a/b",
    ];
    const changedBy = [...names, session("reporting")].map((principal) => ({
      principal,
      event: "PutBucketPolicy (1)",
      at: null,
      policy: true,
    }));
    const ledger = new LedgerBuilder().add("audit-trail-verified", {
      verdict: "tampered",
      policyChanged: true,
      findings: [],
      changedBy,
      capture: null,
    });
    expect(principalOf(null, ledger.entries, ACCOUNT)).toBe(session("reporting"));
    expect(principalOf("eve", ledger.entries, ACCOUNT)).toBe("eve");
    expect(principalOf(null, [], ACCOUNT)).toBeNull();
    expect(suspectRole(changedBy.slice(0, 3), ACCOUNT)).toBeNull();
  });
});

describe("a capture of an incident about the audit trail documents the role that changed the bucket's policy", () => {
  let platform: PreservePlatform;
  afterEach(() => platform.close());

  const ROLE = `${target.service}-task`;
  async function changed(policy: object): Promise<string | undefined> {
    platform = await startPreservePlatform({ speed: 200 });
    platform.server.cloudtrail.seed({
      eventName: "PutBucketPolicy",
      eventTime: platform.clock.now() - 3_600_000,
      eventSource: "s3.amazonaws.com",
      username: "x",
      arn: session(ROLE),
      resources: [{ type: "AWS::S3::Bucket", name: target.auditBucket }],
      requestParameters: { bucketName: target.auditBucket, bucketPolicy: policy },
    });
    const source = await platform.source();
    const { record } = await collectPrincipalRole({ ...source, incidentType: "audit-log-tampering" });
    return record.role?.arn;
  }

  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: `arn:aws:s3:::${target.auditBucket}/*`,
  };

  test("as CloudTrail shows it by then", async () => {
    const policy = { Version: "2012-10-17", Statement: [{ ...statement, Action: "s3:DeleteObject" }] };
    expect(await changed(policy)).toBe(`arn:aws:iam::${ACCOUNT}:role/${ROLE}`);
  });

  test("not who put the expected policy once more", async () => {
    expect(await changed({ Version: "2012-10-17", Statement: [statement] })).toBeUndefined();
  });
});
