import {
  CreateJobCommand,
  type CreateJobCommandInput,
  DescribeJobCommand,
  type JobDescriptor,
  UpdateJobStatusCommand,
} from "@aws-sdk/client-s3-control";
import { sha256 } from "../../vault/digest.ts";
import type { SourceContext } from "../context.ts";
import { patiently } from "../patience.ts";
import { count } from "../progress.ts";

/**
 * One S3 Batch Operations job that copies the objects of a manifest into the capture
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-copy-object.html). The versions that the manifest
 * names pin what is copied: conditions on ETags are the one option of CopyObject that a batch job lacks.
 */

const LOOK_EVERY_MS = 10_000;
/** A job in which nothing has moved for so long is given up: somebody waits for the capture. */
const STALLED_MS = 30 * 60_000;
const PRIORITY = 10;
const ENDED: ReadonlySet<string> = new Set(["Complete", "Failed", "Cancelled"]);

/** Where a capture's batch copying leaves its papers, below the capture's folder. */
export const BATCH_FOLDER = "s3/batch-copy/";

/**
 * Where S3 puts the job's report: beside the incidents, since it writes it without the capture's retention. It is
 * copied into the capture with that.
 */
export function reportFolder({ incident, capture }: SourceContext): string {
  return `batch-reports/${incident}/${capture}`;
}

export interface ManifestObject {
  key: string;
  versionId: string | null;
  etag: string;
  lastModified: Date;
}

/**
 * Creates the capture's job. Its token and every parameter follow from the capture and its manifest, so that a run
 * that was killed in between gets the same job again. @throws what CreateJob throws.
 */
export async function createJob(
  context: SourceContext,
  role: string,
  manifest: ManifestObject,
): Promise<string> {
  const command = new CreateJobCommand(jobOf(context, role, manifest));
  const { JobId } = await patiently(context.clock, () => context.aws.s3control.send(command));
  if (!JobId) throw new Error("S3 created a batch job and gave no id");
  return JobId;
}

function jobOf(context: SourceContext, role: string, manifest: ManifestObject): CreateJobCommandInput {
  const { vault, folder, target, incident, capture } = context;
  const partition = role.split(":")[1] ?? "aws";
  const bucket = `arn:${partition}:s3:::${vault.bucket}`;
  return {
    AccountId: target.accountId,
    ClientRequestToken: sha256(`${vault.bucket}/${folder}`),
    ConfirmationRequired: false,
    Description: `Firebreak ${incident}, capture ${capture}: audit logs`,
    Priority: PRIORITY,
    RoleArn: role,
    Manifest: {
      Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key", "VersionId"] },
      Location: {
        ObjectArn: `${bucket}/${manifest.key}`,
        ETag: manifest.etag,
        ...(manifest.versionId === null ? {} : { ObjectVersionId: manifest.versionId }),
      },
    },
    Operation: {
      S3PutObjectCopy: {
        TargetResource: bucket,
        TargetKeyPrefix: `${folder}audit-logs`,
        ChecksumAlgorithm: "SHA256",
        // One date for all of them, which follows from the manifest.
        ...vault.terms?.lock(manifest.lastModified),
      },
    },
    Report: {
      Enabled: true,
      Bucket: bucket,
      Prefix: reportFolder(context),
      Format: "Report_CSV_20180820",
      ReportScope: "AllTasks",
    },
  };
}

/**
 * Waits until the job has ended, however it ended. One in which nothing moves is cancelled, so that it does not write
 * into a capture that is sealed. @throws Error when it can be neither waited for nor cancelled.
 */
export async function awaitJob(context: SourceContext, jobId: string): Promise<JobDescriptor> {
  const { clock, log } = context;
  let [movedAt, seen, cancelled] = [clock.now().getTime(), "", false];
  for (;;) {
    const job = await describe(context, jobId);
    const { Status = "", ProgressSummary = {} } = job;
    const {
      TotalNumberOfTasks: total = 0,
      NumberOfTasksSucceeded: succeeded = 0,
      NumberOfTasksFailed: failed = 0,
    } = ProgressSummary;
    if (ENDED.has(Status)) return job;
    context.progress({ unit: "objects in batch", done: succeeded + failed, total: total || undefined });
    const state = `${Status} ${succeeded} ${failed}`;
    const now = clock.now().getTime();
    if (state !== seen) {
      if (!seen.startsWith(`${Status} `))
        log.info(
          `audit-logs  batch job ${jobId} is ${Status}: ${count(succeeded)} of ${count(total)} objects`,
        );
      [seen, movedAt] = [state, now];
    } else if (now - movedAt > STALLED_MS) {
      if (cancelled) throw new Error(`the batch job ${jobId} is ${Status} and neither goes on nor ends`);
      log.warning(`The batch job ${jobId} has not moved for half an hour and is cancelled.`);
      await cancelJob(context, jobId);
      [cancelled, movedAt] = [true, now];
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

async function describe({ aws, clock, target }: SourceContext, JobId: string): Promise<JobDescriptor> {
  const command = new DescribeJobCommand({ AccountId: target.accountId, JobId });
  const { Job } = await patiently(clock, () => aws.s3control.send(command));
  if (!Job) throw new Error(`S3 says nothing about the batch job ${JobId}`);
  return Job;
}

/** Tells the job to end; one that has ended stays as it is. */
export async function cancelJob({ aws, clock, target }: SourceContext, JobId: string): Promise<void> {
  const command = new UpdateJobStatusCommand({
    AccountId: target.accountId,
    JobId,
    RequestedJobStatus: "Cancelled",
    StatusUpdateReason: "it does not go on; the runner copies what is missing",
  });
  await patiently(clock, () => aws.s3control.send(command)).catch((error: Error) => {
    // It ended meanwhile.
    if (error.name !== "JobStatusException") throw error;
  });
}
