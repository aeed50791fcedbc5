/** `report.json`: what a drill did, as data. Times are ISO 8601, UTC, of the simulated clock. */
import type { Conclusion } from "../contracts.ts";

export interface DrillReport {
  schema: "firebreak/drill-report/v1";
  scenario: {
    name: string;
    description: string;
    seed: number;
    speed: number;
    start: string;
    environment: string;
    mcp: string;
    service: string;
  };
  /** The first conclusion of a run that is not `success`; `success` when every run ended well. */
  conclusion: string;
  asExpected: boolean;
  /** Where expectation and outcome differ. */
  differences: Difference[];
  /** Issue numbers. */
  incident: number | null;
  review: number | null;
  /** The records of reviews that were merged and the page with the figures, as paths below the drill's folder. */
  records: string[];
  figures: string | null;
  runs: RunReport[];
  jobs: JobReport[];
  approvals: ApprovalReport[];
  refusals: RefusalReport[];
  /** Simulated seconds, but for `realSeconds`. */
  timings: {
    total: number;
    untilSealed: number | null;
    waitedForApproval: number | null;
    untilContained: number | null;
    realSeconds: number;
  };
  service: { before: ServiceCount; after: ServiceCount } | null;
}

export interface Difference {
  what: string;
  expected: string;
  actual: string;
}

export interface RunReport {
  id: number;
  attempt: number;
  workflow: string;
  title: string;
  actor: string;
  conclusion: Conclusion | null;
  createdAt: string;
  completedAt: string | null;
}

export interface JobReport {
  run: number;
  attempt: number;
  key: string;
  name: string;
  environment: string | null;
  conclusion: Conclusion | null;
  /** While it waited for its environment's protection rules. */
  waiting: { from: string; to: string } | null;
  startedAt: string | null;
  completedAt: string | null;
  steps: StepReport[];
  /** What the job said in annotations: `error: …`, `warning: …`, `notice: …`. */
  annotations: string[];
  /** Paths below the drill's folder; null for a job that printed none. */
  log: string | null;
  summary: string | null;
}

export interface StepReport {
  name: string;
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
}

export interface ApprovalReport {
  run: number;
  environment: string;
  requestedAt: string | null;
  login: string;
  state: "approved" | "rejected";
  comment: string;
  at: string;
}

export interface RefusalReport {
  at: string;
  action: string;
  reason: string;
  message: string;
  remedy: string;
}

export interface ServiceCount {
  desired: number;
  running: number;
}
