/** Keeps what the runner tells during a drill, for the report. */
import type { JobRecord, RunRecord } from "../contracts.ts";
import type { Annotation, RunnerEvent } from "../runner/events.ts";

export interface RecordedJob {
  job: JobRecord;
  /** 1 for the first run of the drill, 2 for the next. */
  runOrdinal: number;
  waiting: { from: number; to: number } | null;
  /** Masked lines with their times. */
  log: string[];
  summaries: string[];
  annotations: Annotation[];
}

export class Recorder {
  readonly runs: RunRecord[] = [];
  readonly jobs = new Map<number, RecordedJob>();

  onEvent(event: RunnerEvent): void {
    if ("run" in event) {
      const at = this.runs.findIndex(
        ({ id, attempt }) => id === event.run.id && attempt === event.run.attempt,
      );
      if (at < 0) this.runs.push(event.run);
      else this.runs[at] = event.run;
      return;
    }
    const recorded = this.#job(event.job);
    if (event.type === "job-waiting") recorded.waiting = { from: event.at, to: event.at };
    if (event.type === "job-reviewed" && recorded.waiting) recorded.waiting.to = event.at;
    const stamp = new Date(event.at).toISOString();
    if (event.type === "log") recorded.log.push(`${stamp} ${event.line}`);
    if (event.type === "summary") recorded.summaries.push(event.markdown);
    if (event.type === "annotation") {
      recorded.annotations.push(event.annotation);
      // A job that never started has printed nothing; GitHub shows why in its place.
      if (event.job.startedAt === null) recorded.log.push(`${stamp} ##[error]${event.annotation.message}`);
    }
  }

  /** The job summaries of a run so far, in the order of the jobs. */
  summaries(runId: number): { job: string; markdown: string }[] {
    return [...this.jobs.values()]
      .filter(({ job, summaries }) => job.runId === runId && summaries.length > 0)
      .map(({ job, summaries }) => ({ job: job.key, markdown: summaries.join("\n") }));
  }

  #job(job: JobRecord): RecordedJob {
    const known = this.jobs.get(job.id);
    if (known) {
      known.job = job;
      return known;
    }
    const ordinal = this.runs.findIndex(({ id }) => id === job.runId) + 1;
    const recorded: RecordedJob = {
      job,
      runOrdinal: Math.max(ordinal, 1),
      waiting: null,
      log: [],
      summaries: [],
      annotations: [],
    };
    this.jobs.set(job.id, recorded);
    return recorded;
  }
}
