/** S3 Batch Operations' jobs and their statuses. https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html */
import { randomUUID } from "node:crypto";
import { AwsError } from "../errors.ts";
import type { XmlObject } from "../xml.ts";
import { invalidRequest, type JobRequest } from "./wire.ts";

export type JobStatus =
  | "New"
  | "Preparing"
  | "Ready"
  | "Active"
  | "Completing"
  | "Complete"
  | "Cancelling"
  | "Cancelled"
  | "Failing"
  | "Failed";

export interface Job {
  id: string;
  request: JobRequest;
  status: JobStatus;
  statusReason: string | undefined;
  createdAt: number;
  endedAt: number | null;
  total: number;
  succeeded: number;
  failed: number;
  failures: { code: string; reason: string }[];
}

const ENDED: ReadonlySet<JobStatus> = new Set(["Complete", "Cancelled", "Failed"]);

export class Jobs {
  readonly #jobs = new Map<string, Job>();

  /**
   * Makes a job. A token that was used before gives the job that it made then.
   * @throws AwsError IdempotencyException when that one was asked for with something else.
   */
  create(request: JobRequest, now: number): { job: Job; created: boolean } {
    const before = this.list().find((job) => job.request.token === request.token);
    if (before) {
      if (JSON.stringify(before.request.members) === JSON.stringify(request.members))
        return { job: before, created: false };
      throw new AwsError("IdempotencyException", "The token was used with other parameters.", 400);
    }
    const job: Job = {
      id: randomUUID(),
      request,
      status: "New",
      statusReason: undefined,
      createdAt: now,
      endedAt: null,
      total: 0,
      succeeded: 0,
      failed: 0,
      failures: [],
    };
    this.#jobs.set(job.id, job);
    return { job, created: true };
  }

  list(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** @throws AwsError NotFoundException. */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (!job) throw new AwsError("NotFoundException", "The specified job does not exist.", 404);
    return job;
  }

  /** Only cancelling: what waits for confirmation is not simulated. @throws AwsError JobStatusException. */
  update(id: string, wanted: string | undefined, reason: string | undefined): Job {
    const job = this.get(id);
    if (wanted !== "Cancelled") throw invalidRequest("The requested job status must be Cancelled or Ready");
    if (ENDED.has(job.status) || job.status === "Completing" || job.status === "Failing") {
      throw new AwsError("JobStatusException", `A job that is ${job.status} cannot become ${wanted}.`, 400);
    }
    job.status = "Cancelling";
    job.statusReason = reason;
    return job;
  }
}

/** The `Job` of a DescribeJob answer. */
export function describeJob(job: Job, accountId: string, region: string): XmlObject {
  const { members } = job.request;
  const shown = Object.fromEntries(
    ["ConfirmationRequired", "Description", "Manifest", "Operation", "Priority", "Report", "RoleArn"].map(
      (name) => [name, members[name]],
    ),
  ) as XmlObject;
  return {
    JobId: job.id,
    JobArn: `arn:aws:s3:${region}:${accountId}:job/${job.id}`,
    Status: job.status,
    StatusUpdateReason: job.statusReason,
    CreationTime: new Date(job.createdAt).toISOString(),
    TerminationDate: job.endedAt === null ? undefined : new Date(job.endedAt).toISOString(),
    ProgressSummary: {
      TotalNumberOfTasks: job.total,
      NumberOfTasksSucceeded: job.succeeded,
      NumberOfTasksFailed: job.failed,
    },
    FailureReasons:
      job.failures.length === 0
        ? undefined
        : { member: job.failures.map(({ code, reason }) => ({ FailureCode: code, FailureReason: reason })) },
    ...shown,
  };
}
