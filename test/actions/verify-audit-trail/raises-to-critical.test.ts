import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parsePolicy } from "../../../drill/aws/s3/policy.ts";
import { run } from "../../../src/actions/verify-audit-trail/run.ts";
import { preserve } from "../../../src/evidence/capture.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../../support/preserve-platform.ts";

const bucket = target.auditBucket;
const inputs = { incident: 42, environment: "dev", runbook: "runbook.yml", githubToken: "t", dryRun: false };
const policy = (Action: string | string[]) =>
  parsePolicy(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action, Resource: `arn:aws:s3:::${bucket}/*` }],
    }),
  );

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ speed: 200 });
  platform.server.s3.bucket(bucket).policy = policy(["s3:DeleteObject", "s3:DeleteObjectVersion"]);
  await platform.declare();
  await preserve(platform.deps(), await platform.open(), ["audit-logs"]);
});
afterEach(() => platform.close());

const written = async () => (await platform.open()).entries.map(({ kind }) => kind).slice(4);

test("an intact trail is in the ledger and the issue, and raises nothing", async () => {
  const outputs = await run(inputs, platform.deps());
  expect(outputs).toEqual({
    verdict: "intact",
    "policy-changed": "false",
    findings: "0",
    severity: "high",
    escalate: "",
    review: "true",
  });
  expect(await written()).toEqual(["audit-trail-verified"]);
  expect((await platform.open()).latest("audit-trail-verified")?.data).toMatchObject({
    verdict: "intact",
    policyChanged: false,
    capture: "7001",
    more: 0,
  });
  expect(platform.comments.at(-1)).toContain("**Audit trail intact:**");
  expect(platform.summaries.at(-1)).toContain("## Audit trail of INC-42");
});

test("a changed policy raises the incident to Critical, with the people to tell", async () => {
  platform.server.s3.bucket(bucket).policy = policy("s3:PutObject");
  const outputs = await run(inputs, platform.deps());
  expect(outputs).toMatchObject({ verdict: "tampered", "policy-changed": "true", severity: "critical" });
  expect(JSON.parse(outputs.escalate ?? "")).toHaveLength(3);
  expect(await written()).toEqual(["audit-trail-verified", "severity-changed", "escalation-due"]);
  const record = await platform.open();
  expect(record.latest("severity-changed")?.data).toEqual({
    from: "high",
    to: "critical",
    reason: expect.stringContaining(
      `The audit bucket's policy was changed. the bucket policy of ${bucket}: no statement denies s3:DeleteObject`,
    ),
  });
  expect(platform.comments.join("\n")).toMatch(/Severity raised from High to Critical/);
  expect(platform.comments.at(-1)).toMatch(/\*\*tampered\*\* \| .*the bucket policy of/);
});

test("run again it adds its own verdict, and raises only once", async () => {
  platform.server.s3.bucket(bucket).policy = null;
  await run(inputs, platform.deps());
  const again = await run(inputs, platform.deps({ runAttempt: 2 }));
  expect(again.escalate).not.toBe("");
  expect(await written()).toEqual([
    "audit-trail-verified",
    "severity-changed",
    "escalation-due",
    "audit-trail-verified",
  ]);
});

test("a dry run tells the verdict and writes nothing", async () => {
  platform.server.s3.bucket(bucket).policy = null;
  const before = platform.comments.length;
  const outputs = await run({ ...inputs, dryRun: true }, platform.deps());
  expect(outputs).toMatchObject({ verdict: "tampered", severity: "high", escalate: "" });
  expect(await written()).toEqual([]);
  expect(platform.comments).toHaveLength(before);
});

test("it makes no changing call but to the ledger", async () => {
  const since = platform.calls.all().length;
  await run(inputs, platform.deps());
  const changing = platform.calls
    .all()
    .slice(since)
    .filter(({ operation }) => !/^(Get|List|Head|Describe|Lookup)/.test(operation))
    .map(({ resource }) => resource);
  expect(changing).toEqual([`${target.vault}/incidents/INC-42/ledger/00000005.json`]);
});
