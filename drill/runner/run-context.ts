import type { data } from "@actions/expressions";
import type { JobStatus, RunHost, RunRecord, SimClock } from "../contracts.ts";
import type { ConcurrencyTable } from "./concurrency.ts";
import type { Annotation, RunnerEvent } from "./events.ts";
import type { Value } from "./expressions.ts";
import type { OidcEndpoint } from "./oidc-endpoint.ts";
import type { KillGrace } from "./process.ts";
import type { ReplacementTable } from "./replacements.ts";

/** What all jobs of one run attempt share. */
export interface RunContext {
  host: RunHost;
  clock: SimClock;
  run: RunRecord;
  runNumber: number;
  eventName: string;
  eventPayload: { [key: string]: Value };
  /** The `github` context's members that are the same in every job. */
  github: Readonly<Record<string, data.ExpressionData>>;
  vars: Readonly<Record<string, string>>;
  workspaceSource: string;
  toolEnv: Readonly<Record<string, string>>;
  replacements: ReplacementTable;
  concurrency: ConcurrencyTable;
  artifactsDir: string | null;
  /** Holds every job's folders; removed when the run ends. */
  workDir: string;
  grace: KillGrace;
  oidc: OidcEndpoint;
  annotations: Annotation[];
  /** Status of every job of this attempt, by job id. */
  jobStatus: Map<number, JobStatus>;
  emit(event: RunnerEvent): void;
}

/** Notes a job's status; the run waits while some job waits for a review and none is in progress. */
export function noteJobStatus(run: RunContext, jobId: number, status: JobStatus): void {
  run.jobStatus.set(jobId, status);
  const all = [...run.jobStatus.values()];
  const waiting = all.includes("waiting") && !all.includes("in_progress");
  const next = waiting ? "waiting" : "in_progress";
  if (run.run.status === next || run.run.status === "completed") return;
  run.run.status = next;
  run.host.updateRun(run.run.id, { status: next });
}
