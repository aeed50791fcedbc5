/** Workflow runs, their attempts and jobs, and what the jobs printed. */
import type { JobRecord, RunHost, RunRecord } from "../contracts.ts";
import { notFound } from "./errors.ts";

export interface StoredRun {
  /** Attempts in order; the last one is current. */
  attempts: RunRecord[];
  runNumber: number;
  workflowId: number;
}

export interface StoredJob {
  record: JobRecord;
  createdAt: number;
  log: string | null;
}

const FIRST_RUN_ID = 17_000_000_001;
const FIRST_JOB_ID = 48_000_000_001;
const FIRST_WORKFLOW_ID = 90_000_001;

export class RunStore {
  readonly #runs = new Map<number, StoredRun>();
  readonly #jobs = new Map<number, StoredJob>();
  readonly #workflowIds = new Map<string, number>();
  readonly #head: { branch: string; sha: () => string };

  /** @param head the default branch and its newest commit. */
  constructor(head: { branch: string; sha: () => string }) {
    this.#head = head;
  }

  /** The id of a workflow file, the same ever after. */
  workflowId(path: string): number {
    const id = this.#workflowIds.get(path) ?? FIRST_WORKFLOW_ID + this.#workflowIds.size;
    this.#workflowIds.set(path, id);
    return id;
  }

  createRun(run: Parameters<RunHost["createRun"]>[0], now: number): RunRecord {
    const workflowId = this.workflowId(run.path);
    const runNumber = 1 + this.all().filter((other) => other.workflowId === workflowId).length;
    const record: RunRecord = {
      ...run,
      id: FIRST_RUN_ID + this.#runs.size,
      attempt: 1,
      headBranch: this.#head.branch,
      headSha: this.#head.sha(),
      status: "queued",
      conclusion: null,
      createdAt: now,
      startedAt: now,
      completedAt: null,
    };
    this.#runs.set(record.id, { attempts: [record], runNumber, workflowId });
    return record;
  }

  newAttempt(runId: number, triggeringActor: string, now: number): RunRecord {
    const stored = this.get(runId);
    const last = current(stored);
    const next: RunRecord = {
      ...last,
      attempt: last.attempt + 1,
      triggeringActor,
      status: "queued",
      conclusion: null,
      startedAt: now,
      completedAt: null,
    };
    stored.attempts.push(next);
    return next;
  }

  /** Throws 404 when there is no such run. */
  get(runId: number): StoredRun {
    const run = this.#runs.get(runId);
    if (run === undefined) throw notFound();
    return run;
  }

  /** Newest first, as GitHub lists them. */
  all(): StoredRun[] {
    return [...this.#runs.values()].reverse();
  }

  createJob(job: Parameters<RunHost["createJob"]>[0], now: number): JobRecord {
    this.get(job.runId);
    const record: JobRecord = {
      ...job,
      id: FIRST_JOB_ID + this.#jobs.size,
      status: "queued",
      conclusion: null,
      startedAt: null,
      completedAt: null,
      steps: [],
    };
    this.#jobs.set(record.id, { record, createdAt: now, log: null });
    return record;
  }

  /** Throws 404 when there is no such job. */
  job(jobId: number): StoredJob {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw notFound();
    return job;
  }

  /** The jobs of one attempt, or of all attempts, in the order in which they were created. */
  jobsOf(runId: number, attempt: number | "all"): StoredJob[] {
    return [...this.#jobs.values()].filter(
      ({ record }) => record.runId === runId && (attempt === "all" || record.attempt === attempt),
    );
  }
}

/** The run as it is now: its latest attempt. */
export function current(run: StoredRun): RunRecord {
  const record = run.attempts.at(-1);
  if (record === undefined) throw new Error("A run has at least one attempt");
  return record;
}

/** One attempt of a run. Throws 404 when there is none with this number. */
export function attemptOf(run: StoredRun, attempt: number): RunRecord {
  const record = run.attempts[attempt - 1];
  if (record === undefined) throw notFound();
  return record;
}
