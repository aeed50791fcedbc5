import type { data } from "@actions/expressions";
import type { JobRecord, TokenPermissions } from "../contracts.ts";
import type { Combination } from "./matrix.ts";
import type { Job, Workflow } from "./workflow.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

/** One job to run: a job of the file with its matrix combination and everything its expressions see. */
export interface JobPlan {
  job: Job;
  /** The workflow whose file the job is in; not the root's for a called workflow. */
  workflow: Workflow;
  /** The job's id; for a job of a called workflow `caller.callee`. */
  key: string;
  /** What stands before the name of a job of a called workflow, `caller / `. */
  namePrefix: string;
  combination: Combination | null;
  strategy: { failFast: boolean; index: number; total: number; maxParallel: number };
  inputs: data.ExpressionData;
  needs: data.ExpressionData;
  secretsFor(environment: string | null): Record<string, string>;
  permissions: TokenPermissions;
  /** Concurrency groups that the run or a calling job holds. */
  heldGroups: readonly string[];
  signal: AbortSignal;
  /** True when the job's `if` holds although the run was cancelled, so that it goes on. */
  survivesCancel(): boolean;
}

export interface JobOutcome {
  result: Result;
  /** The result before `continue-on-error`. */
  conclusion: Result;
  outputs: Record<string, string>;
  records: JobRecord[];
}

export type Needs = Record<string, { result: Result; outputs: Record<string, string> }>;
