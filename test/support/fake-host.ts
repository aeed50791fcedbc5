import { randomUUID } from "node:crypto";
import type { JobRecord, RunHost, RunRecord, SimClock, TokenPermissions } from "../../drill/contracts.ts";

/** A RunHost in memory, for tests of the workflow runner. */

export interface FakeHostOptions {
  clock: SimClock;
  /** False when absent. */
  private?: boolean;
  /** Environments with required reviewers. */
  protectedEnvironments?: readonly string[];
  variables?: Record<string, string>;
  secrets?: Record<string, string>;
  environmentSecrets?: Record<string, Record<string, string>>;
  /** Decides a review; pending until it resolves. */
  review?: (runId: number, environment: string) => Promise<"approved" | "rejected">;
}

export class FakeHost implements RunHost {
  readonly repository = "acme/platform";
  readonly repositoryId = 1_234;
  readonly private: boolean;
  readonly ownerId = 99;
  readonly defaultBranch = "main";
  readonly headSha = "a".repeat(40);
  readonly apiUrl = "http://127.0.0.1:9";
  readonly serverUrl = "http://127.0.0.1:9";
  readonly runs = new Map<number, RunRecord>();
  readonly jobs = new Map<number, JobRecord>();
  readonly logs = new Map<number, string>();
  readonly tokens = new Map<string, { jobId: number; permissions: TokenPermissions; revoked: boolean }>();
  /** Every status that each run and job went through, in order. */
  readonly history: string[] = [];
  readonly entered: string[] = [];
  readonly #options: FakeHostOptions;
  #nextId = 1;

  constructor(options: FakeHostOptions) {
    this.#options = options;
    this.private = options.private ?? false;
  }

  createRun(
    run: Pick<RunRecord, "name" | "displayTitle" | "path" | "event" | "actor" | "triggeringActor">,
  ): RunRecord {
    const now = this.#options.clock.now();
    const record: RunRecord = {
      ...run,
      id: this.#nextId++,
      attempt: 1,
      headBranch: this.defaultBranch,
      headSha: this.headSha,
      status: "queued",
      conclusion: null,
      createdAt: now,
      startedAt: now,
      completedAt: null,
    };
    this.runs.set(record.id, record);
    return { ...record };
  }

  newAttempt(runId: number, triggeringActor: string): RunRecord {
    const run = this.#run(runId);
    Object.assign(run, { attempt: run.attempt + 1, triggeringActor, status: "queued", conclusion: null });
    return { ...run };
  }

  updateRun(runId: number, patch: Partial<RunRecord>): void {
    Object.assign(this.#run(runId), patch);
    if (patch.status) this.history.push(`run ${patch.status}`);
  }

  createJob(job: Pick<JobRecord, "runId" | "attempt" | "key" | "name" | "environment">): JobRecord {
    const record: JobRecord = {
      ...job,
      id: this.#nextId++,
      status: "queued",
      conclusion: null,
      startedAt: null,
      completedAt: null,
      steps: [],
    };
    this.jobs.set(record.id, record);
    return { ...record };
  }

  updateJob(jobId: number, patch: Partial<JobRecord>): void {
    const job = this.#job(jobId);
    if (patch.status && patch.status !== job.status) this.history.push(`${job.key} ${patch.status}`);
    Object.assign(job, patch);
  }

  setJobLog(jobId: number, text: string): void {
    this.logs.set(jobId, text);
  }

  mintJobToken(jobId: number, permissions: TokenPermissions): string {
    const token = `ghs_${randomUUID().replaceAll("-", "")}`;
    this.tokens.set(token, { jobId, permissions, revoked: false });
    return token;
  }

  revokeJobToken(jobId: number): void {
    for (const token of this.tokens.values()) if (token.jobId === jobId) token.revoked = true;
  }

  mintOidcToken(jobId: number, audience: string): string {
    return `oidc.${this.#job(jobId).key}.${audience}`;
  }

  enterEnvironment(name: string): { protected: boolean } {
    this.entered.push(name);
    return { protected: this.#options.protectedEnvironments?.includes(name) ?? false };
  }

  async awaitApproval(
    runId: number,
    environment: string,
    signal?: AbortSignal,
  ): Promise<"approved" | "rejected"> {
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    return Promise.race([
      this.#options.review?.(runId, environment) ?? Promise.resolve("approved" as const),
      aborted,
    ]);
  }

  variables(_environment: string | null): Record<string, string> {
    return { ...this.#options.variables };
  }

  secrets(environment: string | null): Record<string, string> {
    const own = environment === null ? {} : this.#options.environmentSecrets?.[environment];
    return { ...this.#options.secrets, ...own };
  }

  /** The permissions of the token that a job got. */
  permissionsOf(key: string): TokenPermissions | undefined {
    const job = [...this.jobs.values()].find((record) => record.key === key);
    return [...this.tokens.values()].find((token) => token.jobId === job?.id)?.permissions;
  }

  #run(runId: number): RunRecord {
    const run = this.runs.get(runId);
    if (run === undefined) throw new Error(`no run ${runId}`);
    return run;
  }

  #job(jobId: number): JobRecord {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`no job ${jobId}`);
    return job;
  }
}
