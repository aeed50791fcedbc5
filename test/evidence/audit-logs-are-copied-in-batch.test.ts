import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FaultRule } from "../../drill/contracts.ts";
import type { SourceContext } from "../../src/evidence/context.ts";
import type { ManifestItems } from "../../src/evidence/item-list.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { findStrays } from "../../src/evidence/strays.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import {
  ACCOUNT,
  type PreservePlatform,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const ROLE = `arn:aws:iam::${ACCOUNT}:role/firebreak-batch-copy`;
const CAPTURE = "incidents/INC-42/captures/7001/";
const FOLDER = `${CAPTURE}audit-logs/`;
const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
let prefix: string;
const start = async (faults: FaultRule[] = [], speed = 500) => {
  platform = await startPreservePlatform({ faults, speed });
  prefix = `servicenow/${new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
  platform.server.sts.trust({
    roleArn: ROLE,
    audience: "sts.amazonaws.com",
    subjects: [],
    services: ["batchoperations.s3.amazonaws.com"],
  });
};
beforeEach(() => start());
afterEach(() => platform.close());

function put(key: string, body: string, lastModified = platform.clock.now() - HOUR_MS) {
  return platform.server.s3.seedObject(target.auditBucket, key, body, { lastModified });
}

function fill(objects: number): void {
  for (let index = 0; index < objects; index += 1) put(`${prefix}${index}.ndjson`, `record ${index}\n`);
}

async function source(aboveObjects = 10): Promise<SourceContext> {
  const context = await platform.source();
  return { ...context, target: { ...context.target, batchCopy: { aboveObjects, role: ROLE } } };
}

const copied = ({ items }: { items: ManifestItems }) => items.filter(({ key }) => key.startsWith(FOLDER));
const copiesBy = (who: string) =>
  platform.calls
    .all()
    .filter(
      ({ operation, principal, resource }) =>
        operation === "CopyObject" && principal === who && resource.startsWith(`${target.vault}/${FOLDER}`),
    );
const jobsMade = () =>
  platform.operations("s3control").filter((operation) => operation === "CreateJob").length;

/** Every item is what lies in the vault, and everything that lies there is an item. */
async function expectExact(context: SourceContext, items: ManifestItems): Promise<void> {
  const { vault, clock, incident, capture, folder } = context;
  expect(await findStrays({ vault, clock }, { incident, capture, folder }, items)).toEqual([]);
  for (const { key, size, sha256: digest } of items) {
    const body = await readObject(platform.vault, key);
    expect([key, digest, size]).toEqual([key, sha256(body ?? ""), body?.byteLength]);
  }
}

describe("more audit objects than the runbook leaves to the runner", () => {
  test("are copied by one batch job, whose manifest, description and report are items", async () => {
    fill(40);
    const context = await source();
    const { record, items } = await collectAuditLogs(context);
    expect(copiesBy(ROLE)).toHaveLength(40);
    expect(copiesBy(target.evidenceRole)).toHaveLength(0);
    expect(record).toMatchObject({
      status: "complete",
      gaps: [],
      expected: { versions: 40 },
      collected: { versions: 40 },
      batch: { jobId: expect.any(String), objects: 40, failed: 0 },
    });
    const { jobId = "" } = record.batch ?? {};
    expect(copied({ items }).every(({ detail }) => detail?.batchJob === jobId)).toBe(true);
    const papers = items
      .filter(({ key }) => key.startsWith(`${CAPTURE}s3/batch-copy/`))
      .map(({ key }) => key.slice(CAPTURE.length));
    expect(papers).toEqual([
      "s3/batch-copy/manifest.csv",
      "s3/batch-copy/job.json",
      "s3/batch-copy/report/manifest.json",
      expect.stringMatching(/^s3\/batch-copy\/report\/results\/[0-9a-f]{40}\.csv$/),
    ]);
    await expectExact(context, items);
  });

  test("at the threshold the runner copies them itself, and so it does without the section", async () => {
    fill(10);
    await collectAuditLogs(await source(10));
    await collectAuditLogs(await platform.source());
    expect(jobsMade()).toBe(0);
    expect(copiesBy(target.evidenceRole)).toHaveLength(10);
  });

  test("old versions and awkward keys are the runner's, and everything ends in the same list", async () => {
    fill(20);
    const before = put(`${prefix}0.ndjson`, "before");
    put(`${prefix}0.ndjson`, "after");
    for (const name of ["a b", "a+b", "100%", "../x", "ü,\"'"]) put(`${prefix}${name}`, name);
    const context = await source();
    const { record, items } = await collectAuditLogs(context);
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { versions: 27 } });
    // 20 current ones and the key that only needs quoting.
    expect(record.batch).toMatchObject({ objects: 21, failed: 0 });
    const bodies = Object.fromEntries(
      await Promise.all(
        copied({ items }).map(async ({ key, origin }) => [
          `${origin.uri.split(prefix)[1]} ${origin.versionId}`,
          String(await readObject(platform.vault, key)),
        ]),
      ),
    );
    expect(bodies[`0.ndjson ${before.versionId}`]).toBe("before");
    expect(Object.values(bodies).filter((body) => body === "after")).toHaveLength(1);
    await expectExact(context, items);
  });

  test("an object that the job fails to copy is copied by the runner", async () => {
    await platform.close();
    await start([{ service: "s3batch", operation: "CopyObject", kind: "throttle", rate: 1, limit: 3 }]);
    fill(20);
    const context = await source();
    const { record, items } = await collectAuditLogs(context);
    expect(record).toMatchObject({ status: "complete", gaps: [], batch: { objects: 17, failed: 3 } });
    expect(copiesBy(target.evidenceRole)).toHaveLength(3);
    expect(copied({ items }).filter(({ detail }) => detail?.batchJob === undefined)).toHaveLength(3);
    await expectExact(context, items);
  });

  test("an object that the report calls copied and that is not there is copied by the runner", async () => {
    fill(20);
    const context = await source();
    const { s3control } = context.aws;
    let removed = false;
    const send = async (command: { constructor: { name: string } }) => {
      const answer = await s3control.send(command as never);
      const { Job } = answer as { Job?: { Status?: string } };
      if (Job?.Status === "Complete" && !removed) {
        removed = true;
        const key = `${FOLDER}${prefix}7.ndjson`;
        const bucket = platform.server.s3.bucket(target.vault);
        bucket.remove(key, bucket.current(key)?.versionId ?? "");
      }
      return answer;
    };
    const { record, items } = await collectAuditLogs({
      ...context,
      aws: { ...context.aws, s3control: { send } as never },
    });
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { versions: 20 } });
    expect(copiesBy(target.evidenceRole).map(({ resource }) => resource)).toEqual([
      `${target.vault}/${FOLDER}${prefix}7.ndjson`,
    ]);
    await expectExact(context, items);
  });

  test("a run that is killed while the job works finds the same job again, and what it did is there once", async () => {
    fill(30);
    const first = await source();
    const killed = new Error("killed");
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name !== "CreateJobCommand") throw killed;
      return platform.aws.s3control.send(command as never);
    };
    await expect(
      collectAuditLogs({ ...first, aws: { ...first.aws, s3control: { send } as never } }),
    ).rejects.toThrow("cannot be looked after (Error: killed)");
    // Written over while nobody looked: the job copies the version that its manifest names.
    put(`${prefix}5.ndjson`, "other!!!\n");
    const second = await source();
    const { record, items } = await collectAuditLogs(second);
    expect(jobsMade()).toBe(2);
    expect(
      new Set(
        platform.calls
          .all()
          .filter(({ operation }) => operation === "DescribeJob")
          .map(({ resource }) => resource),
      ).size,
    ).toBe(1);
    expect(copiesBy(ROLE)).toHaveLength(30);
    expect(record).toMatchObject({ status: "complete", gaps: [], collected: { versions: 31 } });
    const five = copied({ items }).filter(({ origin }) => origin.uri.endsWith("/5.ndjson"));
    const bodies = await Promise.all(
      five.map(async ({ key }) => [key.includes("@"), String(await readObject(platform.vault, key))]),
    );
    expect(bodies).toEqual(
      expect.arrayContaining([
        [false, "record 5\n"],
        [true, "other!!!\n"],
      ]),
    );
    await expectExact(second, items);
  });

  test("a job in which nothing moves is cancelled, and the runner copies what it has not", async () => {
    await platform.close();
    await start(
      [
        {
          service: "s3batch",
          operation: "CopyObject",
          kind: "slow",
          delayMs: (5 / 6) * HOUR_MS,
          rate: 1,
          call: 6,
        },
      ],
      2000,
    );
    fill(20);
    const context = await source();
    const { record, items } = await collectAuditLogs(context);
    expect(platform.operations("s3control")).toContain("UpdateJobStatus");
    expect(platform.printed.join("\n")).toContain("has not moved for half an hour and is cancelled");
    expect(record).toMatchObject({ status: "complete", gaps: [], batch: { objects: 6, failed: 0 } });
    expect(copiesBy(target.evidenceRole)).toHaveLength(14);
    await expectExact(context, items);
  });

  test("a job that S3 refuses leaves all to the runner, with a warning", async () => {
    fill(15);
    const context = await source();
    const send = async () => {
      throw Object.assign(new Error("no iam:PassRole"), { name: "AccessDenied" });
    };
    const { record } = await collectAuditLogs({
      ...context,
      aws: { ...context.aws, s3control: { send } as never },
    });
    expect(record).toMatchObject({ status: "complete", collected: { versions: 15 } });
    expect(record.batch).toBeUndefined();
    expect(copiesBy(target.evidenceRole)).toHaveLength(15);
    expect(platform.printed.join("\n")).toContain(
      "S3 Batch Operations refuses the job, so the runner copies all: AccessDenied",
    );
  });

  test("a job whose role may not write fails object by object, and the runner copies", async () => {
    fill(15);
    const policy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:PutObject",
          Resource: `arn:aws:s3:::${target.vault}/${FOLDER}*`,
          Condition: { ArnEquals: { "aws:PrincipalArn": ROLE } },
        },
      ],
    };
    await platform.aws.s3.send(
      new PutBucketPolicyCommand({ Bucket: target.vault, Policy: JSON.stringify(policy) }),
    );
    const context = await source();
    const { record, items } = await collectAuditLogs(context);
    expect(record).toMatchObject({ status: "complete", batch: { objects: 0, failed: 15 } });
    await expectExact(context, items);
  });
});
