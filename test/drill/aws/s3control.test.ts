import {
  CreateJobCommand,
  type CreateJobCommandInput,
  DescribeJobCommand,
  UpdateJobStatusCommand,
} from "@aws-sdk/client-s3-control";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FaultRule } from "../../../drill/contracts.ts";
import { createS3Control } from "../../../src/clients/s3-control.ts";
import { ACCOUNT, errorOf, type Platform, startPlatform } from "./core-platform.ts";

const ROLE = `arn:aws:iam::${ACCOUNT}:role/batch`;

let platform: Platform;
let control: ReturnType<typeof createS3Control>;
const start = async (rules: FaultRule[] = []) => {
  platform = await startPlatform({ speed: 500, rules, maxClockSkewMs: Number.POSITIVE_INFINITY });
  const { aws } = platform;
  aws.s3.createBucket("vault", { lock: { defaultRetention: { mode: "GOVERNANCE", days: 1 } } });
  aws.s3.createBucket("audit");
  aws.sts.trust({
    roleArn: ROLE,
    audience: "sts.amazonaws.com",
    subjects: [],
    services: ["batchoperations.s3.amazonaws.com"],
  });
  control = createS3Control(platform.config);
};
beforeEach(() => start());
afterEach(() => {
  control.destroy();
  return platform.close();
});

/** Puts the objects and a manifest of them. */
function seed(keys: readonly string[]): string {
  const lines = keys.map((key) => {
    const { versionId } = platform.aws.s3.seedObject("audit", key, `body of ${key}`);
    return `audit,${encodeURIComponent(key)},${versionId}\n`;
  });
  return platform.aws.s3.seedObject("vault", "manifest.csv", lines.join("")).etag;
}

function job(etag: string, changes: Partial<CreateJobCommandInput> = {}): CreateJobCommandInput {
  return {
    AccountId: ACCOUNT,
    ClientRequestToken: "token",
    ConfirmationRequired: false,
    Description: "a copy",
    Priority: 10,
    RoleArn: ROLE,
    Manifest: {
      Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key", "VersionId"] },
      Location: { ObjectArn: "arn:aws:s3:::vault/manifest.csv", ETag: etag },
    },
    Operation: {
      S3PutObjectCopy: {
        TargetResource: "arn:aws:s3:::vault",
        TargetKeyPrefix: "copies",
        ChecksumAlgorithm: "SHA256",
      },
    },
    Report: {
      Enabled: true,
      Bucket: "arn:aws:s3:::vault",
      Prefix: "reports",
      Format: "Report_CSV_20180820",
      ReportScope: "AllTasks",
    },
    ...changes,
  };
}

const create = async (input: CreateJobCommandInput) =>
  (await control.send(new CreateJobCommand(input))).JobId ?? "";
const look = async (JobId: string) =>
  (await control.send(new DescribeJobCommand({ AccountId: ACCOUNT, JobId }))).Job;

async function ended(jobId: string) {
  const seen = new Set<string | undefined>();
  for (;;) {
    const description = await look(jobId);
    seen.add(description?.Status);
    if (["Complete", "Failed", "Cancelled"].includes(description?.Status ?? "")) {
      return { job: description, seen: [...seen] };
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const text = async (key: string) => (await platform.aws.s3.readObject("vault", key)).toString();

describe("a batch job", () => {
  test("copies the manifest's versions under its role, and reports each of them", async () => {
    const etag = seed(["2026/a.ndjson", "b ü+.ndjson"]);
    platform.aws.s3.seedObject("audit", "2026/a.ndjson", "written over");
    const jobId = await create(job(etag));
    const { job: done, seen } = await ended(jobId);
    expect(seen.at(-1)).toBe("Complete");
    expect(done).toMatchObject({
      JobId: jobId,
      Description: "a copy",
      RoleArn: ROLE,
      ProgressSummary: { TotalNumberOfTasks: 2, NumberOfTasksSucceeded: 2, NumberOfTasksFailed: 0 },
      Operation: { S3PutObjectCopy: { TargetKeyPrefix: "copies" } },
    });
    expect(await text("copies/2026/a.ndjson")).toBe("body of 2026/a.ndjson");
    expect(await text("copies/b ü+.ndjson")).toBe("body of b ü+.ndjson");
    const copy = platform.aws.s3.bucket("vault").current("copies/2026/a.ndjson");
    expect(copy).toMatchObject({ checksum: { algorithm: "SHA256" }, retention: { mode: "GOVERNANCE" } });
    const report = JSON.parse(await text(`reports/job-${jobId}/manifest.json`));
    expect(report).toMatchObject({
      Format: "Report_CSV_20180820",
      ReportSchema: "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
      Results: [{ TaskExecutionStatus: "succeeded", Bucket: "vault" }],
    });
    const rows = (await text(report.Results[0].Key)).trim().split("\n");
    expect(rows.map((row) => row.split(",").toSpliced(2, 1))).toEqual([
      ["audit", "2026%2Fa.ndjson", "succeeded", "", "200", "Successful"],
      ["audit", "b%20%C3%BC%2B.ndjson", "succeeded", "", "200", "Successful"],
    ]);
    const copies = platform.calls.all().filter(({ operation }) => operation === "CopyObject");
    expect(copies).toMatchObject([{ principal: ROLE }, { principal: ROLE }]);
  });

  test("one token makes one job, and other parameters with it are refused", async () => {
    const etag = seed(["a"]);
    const jobId = await create(job(etag));
    expect(await create(job(etag))).toBe(jobId);
    expect(await errorOf(create(job(etag, { Priority: 11 })))).toBe("IdempotencyException");
  });

  test("an object that is gone fails with S3's own error, in a report of its own", async () => {
    const etag = seed(["a", "b"]);
    platform.aws.s3
      .bucket("audit")
      .remove("b", platform.aws.s3.bucket("audit").current("b")?.versionId ?? "");
    const jobId = await create(job(etag));
    const { job: done } = await ended(jobId);
    expect(done).toMatchObject({ Status: "Complete", ProgressSummary: { NumberOfTasksFailed: 1 } });
    const { Results } = JSON.parse(await text(`reports/job-${jobId}/manifest.json`));
    expect(Results).toMatchObject([{ TaskExecutionStatus: "succeeded" }, { TaskExecutionStatus: "failed" }]);
    expect(await text(Results[1].Key)).toContain(
      ",failed,NoSuchVersion,404,The specified version does not exist.",
    );
  });

  test.each<[string, Partial<CreateJobCommandInput>, string]>([
    ["a role that does not trust S3", { RoleArn: `arn:aws:iam::${ACCOUNT}:role/other` }, "InvalidRole"],
    [
      "a manifest that is not there",
      {
        Manifest: {
          Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key", "VersionId"] },
          Location: { ObjectArn: "arn:aws:s3:::vault/nothing", ETag: "e" },
        },
      },
      "NoSuchKey",
    ],
    [
      "a manifest that was changed",
      {
        Manifest: {
          Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key", "VersionId"] },
          Location: { ObjectArn: "arn:aws:s3:::vault/manifest.csv", ETag: "other" },
        },
      },
      "InvalidManifest",
    ],
  ])("fails with %s", async (_name, changes, code) => {
    const { job: done } = await ended(await create(job(seed(["a"]), changes)));
    expect(done).toMatchObject({ Status: "Failed", FailureReasons: [{ FailureCode: code }] });
  });

  test("fails when more than half of a thousand tasks fail, with a report of those done", async () => {
    await platform.close();
    await start([{ service: "s3batch", operation: "CopyObject", kind: "throttle", rate: 1 }]);
    const jobId = await create(job(seed(Array.from({ length: 1200 }, (_, index) => `k${index}`))));
    const { job: done } = await ended(jobId);
    expect(done).toMatchObject({ Status: "Failed", ProgressSummary: { NumberOfTasksFailed: 1000 } });
    const { Results } = JSON.parse(await text(`reports/job-${jobId}/manifest.json`));
    expect((await text(Results[0].Key)).trim().split("\n")).toHaveLength(1000);
  });

  test("is cancelled on demand while it runs, and not after it has ended", async () => {
    const jobId = await create(job(seed(["a"])));
    const cancel = () =>
      control.send(
        new UpdateJobStatusCommand({ AccountId: ACCOUNT, JobId: jobId, RequestedJobStatus: "Cancelled" }),
      );
    expect(await cancel()).toMatchObject({ Status: "Cancelling" });
    expect((await ended(jobId)).job?.Status).toBe("Cancelled");
    expect(platform.aws.s3.bucket("vault").current("copies/a")).toBeUndefined();
    expect(await errorOf(cancel())).toBe("JobStatusException");
  });

  test.each<[string, Partial<CreateJobCommandInput>, string]>([
    ["another account", { AccountId: "999999999999" }, "AccessDenied"],
    ["another operation", { Operation: { S3DeleteObjectTagging: {} } }, "NotImplemented"],
    [
      "a parameter that is not simulated",
      {
        Operation: {
          S3PutObjectCopy: { TargetResource: "arn:aws:s3:::vault", StorageClass: "GLACIER" },
        },
      },
      "NotImplemented",
    ],
    ["a negative priority", { Priority: -1 }, "InvalidRequest"],
    ["no role", { RoleArn: "batch" }, "InvalidRequest"],
    ["a long token", { ClientRequestToken: "t".repeat(65) }, "InvalidRequest"],
  ])("is refused with %s", async (_name, changes, code) => {
    expect(await errorOf(create(job(seed(["a"]), changes)))).toBe(code);
  });

  test("a job that was never made is not found", async () => {
    expect(await errorOf(look("none"))).toBe("NotFoundException");
  });
});
