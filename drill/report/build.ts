/** Puts `report.json` together from what the runner told, what GitHub knows and what the vault holds. */
import type { SimClock } from "../contracts.ts";
import type { WorldPlan } from "../scenario/plan.ts";
import type { Platform } from "../scenario/platform.ts";
import type { RecordedJob, Recorder } from "../scenario/recorder.ts";
import type { RefusedDispatch } from "../scenario/refused-dispatch.ts";
import type { Scenario } from "../scenario/schema.ts";
import { findIncident, findReview } from "../scenario/session.ts";
import { type IncidentEvidence, type LedgerLine, list } from "./evidence.ts";
import { mergedReviews } from "./merged.ts";
import type { ApprovalReport, DrillReport, JobReport, RefusalReport, ServiceCount } from "./model.ts";
import { jobPaths } from "./out.ts";

export interface ReportFacts {
  scenario: Scenario;
  seed: number;
  clock: SimClock;
  plan: WorldPlan;
  platform: Platform;
  recorder: Recorder;
  before: ServiceCount | null;
  evidence: readonly IncidentEvidence[];
  refusedDispatch: RefusedDispatch | null;
  realSeconds: number;
}

/** The report, but for how it compares with the scenario's expectation. */
export function buildReport(facts: ReportFacts): Omit<DrillReport, "asExpected" | "differences"> {
  const { scenario, seed, clock, plan, platform, recorder, evidence } = facts;
  const target = plan.mcps.find(({ settings }) => settings.name === plan.mcp)?.target;
  const ledger = evidence.flatMap((incident) => incident.ledger);
  const after = countService(platform, plan);
  const approvals = approvalsOf(facts);
  return {
    schema: "firebreak/drill-report/v1",
    scenario: {
      name: scenario.name,
      description: scenario.description,
      seed,
      speed: clock.speed,
      start: iso(plan.start),
      environment: scenario.environment,
      mcp: plan.mcp,
      service: target?.service ?? "",
    },
    conclusion: conclusionOf(facts),
    incident: findIncident(platform),
    review: findReview(platform),
    ...mergedReviews(platform.github.state.merged(), plan.runbook.review.folder),
    runs: recorder.runs.map((run) => ({
      id: run.id,
      attempt: run.attempt,
      workflow: run.path,
      title: run.displayTitle,
      actor: run.actor,
      conclusion: run.conclusion,
      createdAt: iso(run.createdAt),
      completedAt: run.completedAt === null ? null : iso(run.completedAt),
    })),
    jobs: [...recorder.jobs.values()].map((job) => describeJob(job, recorder)),
    approvals,
    refusals: [
      ...(facts.refusedDispatch ? [dispatchRefusal(facts.refusedDispatch)] : []),
      ...ledger.flatMap(refusalsOf),
      ...approvals.flatMap((approval) => rejectionOf(approval, facts)),
    ],
    timings: timingsOf(facts, ledger, approvals),
    service: facts.before && after ? { before: facts.before, after } : null,
  };
}

/** What the attacked service runs at this moment. */
export function countService({ ecs }: Platform, plan: WorldPlan): ServiceCount | null {
  const target = plan.mcps.find(({ settings }) => settings.name === plan.mcp)?.target;
  const service = target && ecs.store.findService(target.cluster, target.service);
  if (!service) return null;
  const running = ecs.store.tasksOf(service).filter(({ status }) => status === "RUNNING").length;
  return { desired: service.desiredCount, running };
}

function conclusionOf({ recorder, refusedDispatch }: ReportFacts): string {
  const failed = recorder.runs.find(({ conclusion }) => conclusion !== "success" && conclusion !== "skipped");
  if (failed) return failed.conclusion ?? "unfinished";
  return refusedDispatch === null ? "success" : "refused";
}

function describeJob(recorded: RecordedJob, recorder: Recorder): JobReport {
  const { job, waiting, annotations } = recorded;
  return {
    run: job.runId,
    attempt: job.attempt,
    key: job.key,
    name: job.name,
    environment: job.environment,
    conclusion: job.conclusion,
    waiting: waiting && { from: iso(waiting.from), to: iso(waiting.to) },
    startedAt: maybeIso(job.startedAt),
    completedAt: maybeIso(job.completedAt),
    steps: job.steps.map(({ name, conclusion, startedAt, completedAt }) => ({
      name,
      conclusion,
      startedAt: maybeIso(startedAt),
      completedAt: maybeIso(completedAt),
    })),
    annotations: annotations.map(
      ({ level, message }) => `${level === "failure" ? "error" : level}: ${message}`,
    ),
    ...jobPaths(recorded, recorder),
  };
}

function approvalsOf({ recorder, platform }: ReportFacts): ApprovalReport[] {
  const runs = [...new Set(recorder.runs.map(({ id }) => id))];
  return runs.flatMap((run) =>
    platform.github.state.reviews(run).flatMap(({ environments, login, state, comment, at }) =>
      environments.map((environment) => {
        const waited = [...recorder.jobs.values()].find(
          ({ job, waiting }) =>
            job.runId === run && waiting && job.environment?.toLowerCase() === environment.toLowerCase(),
        );
        const requestedAt = maybeIso(waited?.waiting?.from ?? null);
        return { run, environment, requestedAt, login, state, comment, at: iso(at) };
      }),
    ),
  );
}

function refusalsOf(line: LedgerLine): RefusalReport[] {
  if (line.kind !== "gate-refused") return [];
  return list(line.data.refusals).map((refusal) => ({
    at: line.at,
    action: String(line.data.action),
    reason: String(refusal.reason),
    message: String(refusal.message),
    remedy: String(refusal.remedy),
  }));
}

/** GitHub took no run for it. */
function dispatchRefusal({ at, workflow, message, remedy }: RefusedDispatch): RefusalReport {
  return {
    at: iso(at),
    action: "dispatch",
    reason: "dispatch-refused",
    message: `GitHub refuses to dispatch ${workflow}: ${message}`,
    remedy,
  };
}

/** A reviewer's rejection: GitHub then fails the job itself, before any gate could refuse. */
function rejectionOf(
  { state, login, environment, comment, at }: ApprovalReport,
  { platform, scenario, plan }: ReportFacts,
): RefusalReport[] {
  if (state !== "rejected") return [];
  const incident = findIncident(platform);
  const said = comment === "" ? "" : `: “${comment}”`;
  return [
    {
      at,
      action: "review",
      reason: "rejected",
      message: `${login} rejected the deployment to ${environment}${said}`,
      remedy:
        incident === null
          ? `Settle it with ${login}, then dispatch the workflow anew. No incident exists that could be contained.`
          : `Settle it with ${login}, then ask anew: gh workflow run contain.yml -f incident=${incident} -f environment=${scenario.environment} -f mcp=${plan.mcp}`,
    },
  ];
}

function timingsOf(facts: ReportFacts, ledger: readonly LedgerLine[], approvals: readonly ApprovalReport[]) {
  const begin = facts.recorder.runs[0]?.createdAt ?? facts.plan.start;
  const end = Math.max(begin, ...facts.recorder.runs.map(({ completedAt }) => completedAt ?? begin));
  const until = (kind: string): number | null => {
    const line = ledger.find((entry) => entry.kind === kind);
    return line === undefined ? null : seconds(Date.parse(line.at) - begin);
  };
  const [first] = approvals;
  return {
    total: seconds(end - begin),
    untilSealed: until("capture-sealed"),
    waitedForApproval: first?.requestedAt
      ? seconds(Date.parse(first.at) - Date.parse(first.requestedAt))
      : null,
    untilContained: until("contained"),
    realSeconds: Math.round(facts.realSeconds * 10) / 10,
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function maybeIso(at: number | null): string | null {
  return at === null ? null : iso(at);
}
