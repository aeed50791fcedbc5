import type { JobRecord, RunRecord, StepRecord } from "../contracts.ts";

/** What a run tells while it goes on; `at` is simulated time. Records are snapshots. Text is masked. */
export type RunnerEvent =
  | { type: "run-started" | "run-completed"; at: number; run: RunRecord }
  | { type: "job-queued" | "job-started" | "job-completed"; at: number; job: JobRecord }
  /** The job waits for the protection rules of its environment; it holds no runner meanwhile. */
  | { type: "job-waiting"; at: number; job: JobRecord; environment: string }
  | { type: "job-reviewed"; at: number; job: JobRecord; environment: string; state: "approved" | "rejected" }
  | { type: "step-started" | "step-completed"; at: number; job: JobRecord; step: StepRecord }
  | { type: "log"; at: number; job: JobRecord; step: StepRecord | null; line: string }
  | { type: "annotation"; at: number; job: JobRecord; annotation: Annotation }
  | { type: "summary"; at: number; job: JobRecord; step: StepRecord | null; markdown: string };

export interface Annotation {
  level: "failure" | "warning" | "notice";
  message: string;
  job: string;
  step: string | null;
  title: string | null;
  file: string | null;
  line: number | null;
  endLine: number | null;
  column: number | null;
  endColumn: number | null;
}

/** A failure annotation that belongs to no step and no file. */
export function annotationOf(job: string, message: string): Annotation {
  return {
    level: "failure",
    message,
    job,
    step: null,
    title: null,
    file: null,
    line: null,
    endLine: null,
    column: null,
    endColumn: null,
  };
}
