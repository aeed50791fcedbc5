/**
 * The seams of the simulated platform: what its parts promise each other.
 *
 * The clock is shared by everything that has a notion of time, the call log by everything that answers an API
 * call. `RunHost` is what the workflow runner needs from the simulated GitHub, so that neither imports the other.
 */
import type { Need } from "./aws/access/needs.ts";

/** Simulated time. All times in the drill are milliseconds since the epoch, UTC, of THIS clock. */
export interface SimClock {
  /** How many simulated milliseconds pass in one real millisecond. */
  readonly speed: number;
  now(): number;
  /** Resolves after `ms` simulated milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `ms` simulated milliseconds; returns a function that cancels. Never keeps Node alive. */
  after(ms: number, callback: () => void): () => void;
}

/** One API call as the platform saw it, answered or refused. */
export interface CallRecord {
  /** ISO 8601, UTC, simulated clock. */
  at: string;
  /**
   * `s3`, `ecs`, `logs`, `ssm`, `autoscaling`, `sts`, `iam`, `cloudtrail`, `sns`, `ses`, `webhook`, `entra`,
   * `github`.
   */
  service: string;
  /** AWS's operation name, for example `PutObject`; for GitHub the OpenAPI operationId, for example `issues/create`. */
  operation: string;
  /**
   * The role ARN (not the session ARN) or the GitHub login that called; `anonymous` when unknown. A granted
   * AssumeRoleWithWebIdentity is the assumed role's; a refused one is anonymous.
   */
  principal: string;
  /** The workflow job that called, by its id in the workflow file; null when no job did. */
  job: string | null;
  /** Whatever the call acted on: `bucket/key`, a service or parameter name, an URL path. Never a secret. */
  resource: string;
  status: number;
  /** The service's own error code, null when the call succeeded. */
  error: string | null;
  /** The permissions that the call needed, as far as it got; of a role whose policies are enforced. */
  needs?: Need[];
}

export interface CallSink {
  append(call: CallRecord): void;
}

/** A fault that a scenario injects into calls. */
export interface FaultRule {
  /** Service name or `*`. */
  service: string;
  /** Operation name or `*`. */
  operation: string;
  /** Only calls on this, exactly: see `FaultPicker`. Any when absent. */
  subject?: string;
  /** `deny`: refused as the service refuses a caller whose policy does not allow the operation. */
  kind: "throttle" | "server-error" | "drop" | "slow" | "deny";
  /** Chance per call, 0 to 1. */
  rate: number;
  /** At most this many times in all; unlimited when absent. */
  limit?: number;
  /** Only the call of this number, counted from 1, of those that the rule's other members fit. Any when absent. */
  call?: number;
  /** For `slow`: added latency in simulated milliseconds. */
  delayMs?: number;
  /** For `drop`: the call takes effect and only its answer is lost. False when absent: the call never happens. */
  lostAnswer?: boolean;
}

/** Decides which calls fail, and how. */
export interface FaultPicker {
  /**
   * The fault for this call; null for none. Asked once for each call that arrives. `subject` tells the call from others
   * of its operation and does not change from page to page or from try to try; it is never logged.
   */
  next(service: string, operation: string, subject?: string): FaultRule | null;
}

/** Who calls the simulated AWS: one set of temporary credentials. */
export interface AwsSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  roleArn: string;
  sessionArn: string;
  /** The workflow job that holds the session, when one does. */
  job: string | null;
  /** When the role was taken on: aws:TokenIssueTime. */
  issuedAt: number;
  expiresAt: number;
}

export type JobStatus = "queued" | "waiting" | "in_progress" | "completed";
export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out";

export interface StepRecord {
  name: string;
  number: number;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  startedAt: number | null;
  completedAt: number | null;
}

export interface JobRecord {
  /** Numeric id, unique in the simulated GitHub. */
  id: number;
  runId: number;
  attempt: number;
  /** The id in the workflow file, for example `contain`; matrix jobs share it. */
  key: string;
  /** What GitHub shows, for example `contain` or `build (20)`. */
  name: string;
  status: JobStatus;
  conclusion: Conclusion | null;
  environment: string | null;
  startedAt: number | null;
  completedAt: number | null;
  steps: StepRecord[];
}

export interface RunRecord {
  id: number;
  attempt: number;
  /** The workflow's `name`, or its path when it has none. */
  name: string;
  /** `run-name` evaluated; what the run list shows. */
  displayTitle: string;
  /** For example `.github/workflows/incident.yml`. */
  path: string;
  event: string;
  actor: string;
  triggeringActor: string;
  headBranch: string;
  headSha: string;
  status: "queued" | "waiting" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  createdAt: number;
  startedAt: number;
  completedAt: number | null;
}

/** `permissions` of a job as GitHub grants them: scope to `read`, `write` or `none`; scopes left out are `none`. */
export type TokenPermissions = Readonly<Record<string, "read" | "write" | "none">>;

/** What the runner asks of the simulated GitHub. Implemented by `drill/github`, used by `drill/runner`. */
export interface RunHost {
  readonly repository: string;
  readonly repositoryId: number;
  /** Whether only those may see the repository whom it lets in. */
  readonly private: boolean;
  readonly ownerId: number;
  readonly defaultBranch: string;
  readonly headSha: string;
  /** Base URLs that jobs see as GITHUB_API_URL and GITHUB_SERVER_URL. */
  readonly apiUrl: string;
  readonly serverUrl: string;
  createRun(
    run: Pick<RunRecord, "name" | "displayTitle" | "path" | "event" | "actor" | "triggeringActor">,
  ): RunRecord;
  /** Starts the next attempt of a run, as "Re-run jobs" does. */
  newAttempt(runId: number, triggeringActor: string): RunRecord;
  updateRun(runId: number, patch: Partial<RunRecord>): void;
  createJob(job: Pick<JobRecord, "runId" | "attempt" | "key" | "name" | "environment">): JobRecord;
  updateJob(jobId: number, patch: Partial<JobRecord>): void;
  /** The job's log as a person would download it, masked already. */
  setJobLog(jobId: number, text: string): void;
  /** A GITHUB_TOKEN for the job, good until `revokeJobToken`. */
  mintJobToken(jobId: number, permissions: TokenPermissions): string;
  revokeJobToken(jobId: number): void;
  /** An OIDC token for the job as GitHub signs it (`sub` with environment or ref); the job needs `id-token: write`. */
  mintOidcToken(jobId: number, audience: string): string;
  /** True when the environment has rules that hold a job back. Creates a missing environment, unprotected, as GitHub does. */
  enterEnvironment(name: string): { protected: boolean };
  /** Holds until every named job of the run may enter its environment. */
  awaitApproval(runId: number, environment: string, signal?: AbortSignal): Promise<"approved" | "rejected">;
  /** Repository and environment variables and secrets for the `vars` and `secrets` contexts. */
  variables(environment: string | null): Record<string, string>;
  secrets(environment: string | null): Record<string, string>;
}
