/** Runs a job: its manifest, its tasks one CopyObject each under the job's role, its completion report. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { CallSink, FaultPicker, SimClock } from "../../contracts.ts";
import type { Need } from "../access/needs.ts";
import type { Access } from "../access/permissions.ts";
import type { Account } from "../call.ts";
import { AwsError } from "../errors.ts";
import type { S3Endpoint } from "../s3/endpoint.ts";
import { parseRequest } from "../s3/request.ts";
import type { CallContext } from "../service.ts";
import type { Sessions } from "../sessions.ts";
import type { Job } from "./jobs.ts";
import { parseTasks, renderReport, type Task, type TaskResult } from "./report.ts";

export interface JobParts {
  account: Account;
  sessions: Sessions;
  access: Access;
  s3: S3Endpoint;
  calls: CallSink;
  faults: FaultPicker | undefined;
  /** Whether the role's trust policy lets `batchoperations.s3.amazonaws.com` take it on. */
  mayAssume: (roleArn: string) => boolean;
}

const STEP_MS = 2000;
const TASKS_A_STEP = 200;
/** "If more than 50% of a job's tasks fail after at least 1,000 have been attempted, the job fails": batch-ops-job-status.html. */
const ATTEMPTED_BEFORE_FAILING = 1000;

/** Never throws: what goes wrong is the job's failure. */
export async function runJob(job: Job, parts: JobParts): Promise<void> {
  const { clock } = parts.account;
  const results: TaskResult[] = [];
  try {
    await clock.sleep(STEP_MS);
    if (job.status === "New") job.status = "Preparing";
    if (!parts.mayAssume(job.request.roleArn)) {
      throw new AwsError("InvalidRole", `Cannot assume the role ${job.request.roleArn}`, 403);
    }
    const perform = performer(job, parts);
    const tasks = await readTasks(job, perform);
    job.total = tasks.length;
    await clock.sleep(STEP_MS);
    if (job.status === "Preparing") job.status = "Active";
    await runTasks(job, tasks, results, { clock, perform, faults: parts.faults });
    if (job.status === "Active") job.status = "Completing";
    if (job.request.report && results.length > 0) await writeReport(job, results, clock, perform);
    job.status = job.status === "Completing" ? "Complete" : job.status === "Failing" ? "Failed" : "Cancelled";
  } catch (error) {
    const code = error instanceof AwsError ? error.code : "InternalError";
    job.failures.push({ code, reason: (error as Error).message });
    job.status = "Failed";
  }
  job.endedAt = clock.now();
}

type Perform = (request: {
  operation: string;
  method: string;
  bucket: string;
  key: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
}) => Promise<unknown>;

async function runTasks(
  job: Job,
  tasks: readonly Task[],
  results: TaskResult[],
  tools: { clock: SimClock; perform: Perform; faults: FaultPicker | undefined },
): Promise<void> {
  for (const [index, task] of tasks.entries()) {
    if (index % TASKS_A_STEP === 0) await tools.clock.sleep(STEP_MS);
    if (job.status !== "Active") return;
    const result = await runTask(job, task, tools);
    results.push(result);
    if (result.errorCode === "") job.succeeded += 1;
    else job.failed += 1;
    if (results.length >= ATTEMPTED_BEFORE_FAILING && job.failed > results.length / 2) {
      job.failures.push({ code: "TooManyTaskFailures", reason: "More than half of the tasks failed." });
      job.status = "Failing";
    }
  }
}

async function runTask(
  job: Job,
  task: Task,
  { clock, perform, faults }: { clock: SimClock; perform: Perform; faults: FaultPicker | undefined },
): Promise<TaskResult> {
  const { bucket, prefix, headers } = job.request.operation;
  const fault = faults?.next("s3batch", "CopyObject") ?? null;
  if (fault?.kind === "slow") await clock.sleep(fault.delayMs ?? 0);
  else if (fault?.kind === "deny")
    return { task, httpStatus: 403, errorCode: "AccessDenied", message: "Access Denied" };
  else if (fault)
    return { task, httpStatus: 503, errorCode: "SlowDown", message: "Please reduce your request rate." };
  const version = task.versionId === "" ? "" : `?versionId=${encodeURIComponent(task.versionId)}`;
  const key = prefix === "" ? task.key : `${prefix.replace(/\/$/, "")}/${task.key}`;
  const source = `${task.bucket}/${task.key.split("/").map(encodeURIComponent).join("/")}${version}`;
  try {
    await perform({
      operation: "CopyObject",
      method: "PUT",
      bucket,
      key,
      headers: { ...headers, "x-amz-copy-source": source },
    });
    return { task, httpStatus: 200, errorCode: "", message: "Successful" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { task, httpStatus: error.httpStatus, errorCode: error.code, message: error.message };
  }
}

async function readTasks(job: Job, perform: Perform): Promise<Task[]> {
  const { bucket, key, etag, versionId, withVersions } = job.request.manifest;
  const answer = (await perform({
    operation: "GetObject",
    method: "GET",
    bucket,
    key,
    ...(versionId ? { query: `versionId=${encodeURIComponent(versionId)}` } : {}),
  })) as { headers: Record<string, string>; body: AsyncIterable<Buffer> | null };
  if (answer.headers.etag !== `"${etag}"`) {
    throw new AwsError("InvalidManifest", "The manifest's ETag is not the one that was named.", 400);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
  return parseTasks(Buffer.concat(chunks).toString("utf8"), withVersions);
}

async function writeReport(
  job: Job,
  results: readonly TaskResult[],
  clock: SimClock,
  perform: Perform,
): Promise<void> {
  const { report } = job.request;
  if (!report) return;
  const folder = `${report.prefix === "" ? "" : `${report.prefix}/`}job-${job.id}`;
  const shown = report.allTasks ? results : results.filter(({ errorCode }) => errorCode !== "");
  for (const { key, body, contentType } of renderReport(shown, {
    bucket: report.bucket,
    folder,
    createdAt: clock.now(),
  })) {
    await perform({
      operation: "PutObject",
      method: "PUT",
      bucket: report.bucket,
      key,
      headers: {
        "content-type": contentType,
        "content-md5": createHash("md5").update(body).digest("base64"),
      },
      body,
    });
  }
}

/** Makes S3 calls as the job's role: the same handlers, policies and records as a call over the wire. */
function performer(job: Job, { account, sessions, access, s3, calls }: JobParts): Perform {
  const { roleArn } = job.request;
  const session = sessions.issue({
    roleArn,
    sessionName: `s3-batch-operations_${job.id}`.slice(0, 64),
    durationSeconds: 86_400,
  });
  return async ({ operation, method, bucket, key, query = "", headers = {}, body }) => {
    const path = `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const message = Object.assign(Readable.from(body === undefined ? [] : [Buffer.from(body)]), {
      method,
      url: query === "" ? path : `${path}?${query}`,
      headers: { ...headers, ...length, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    }) as unknown as IncomingMessage;
    const needs: Need[] = [];
    const refuse = (message: string) => new AwsError("AccessDenied", message, 403);
    const context: CallContext = {
      session,
      permissions: access.of(session, { region: account.region, needs, refuse }),
      ...account,
      requestId: job.id,
      log: () => {},
      identify: () => {},
    };
    let error: AwsError | null = null;
    try {
      return await s3.perform(operation, parseRequest(message), context);
    } catch (cause) {
      if (cause instanceof AwsError) error = cause;
      throw cause;
    } finally {
      calls.append({
        at: new Date(account.clock.now()).toISOString(),
        service: "s3",
        operation,
        principal: roleArn,
        job: null,
        resource: `${bucket}/${key}`,
        status: error?.httpStatus ?? 200,
        error: error?.code ?? null,
        ...(needs.length > 0 ? { needs } : {}),
      });
    }
  };
}
