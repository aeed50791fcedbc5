/** One drill from beginning to end: the platform is started, the workflows run, and everything is written down. */
import { rmdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Runbook } from "../src/runbook/schema.ts";
import { createClock } from "./clock.ts";
import { buildReport, countService } from "./report/build.ts";
import { type IncidentEvidence, readEvidence } from "./report/evidence.ts";
import type { Difference, DrillReport, ServiceCount } from "./report/model.ts";
import { findSecrets, prepareOut, writeFindings, writeReport } from "./report/out.ts";
import { renderPage } from "./report/page.ts";
import { type Answer, type ApprovalRequest, checkReviewer } from "./scenario/approvals.ts";
import { compare } from "./scenario/expect.ts";
import { resolveInputs, windowStart } from "./scenario/inputs.ts";
import { type LoadedScenario, standInScripts } from "./scenario/load.ts";
import { planWorld, type WorldPlan } from "./scenario/plan.ts";
import { type Platform, startPlatform } from "./scenario/platform.ts";
import type { RefusedDispatch } from "./scenario/refused-dispatch.ts";
import { prepareRepository, prepareStandIns, readRunbook } from "./scenario/repository.ts";
import { describeSeeded } from "./scenario/seeded.ts";
import { type DrillEvent, Session } from "./scenario/session.ts";

export type { DrillEvent } from "./scenario/session.ts";

export interface DrillOptions {
  scenario: LoadedScenario;
  /** The repository whose workflows, bundles and runbook are rehearsed. */
  root: string;
  /** Folder for what the drill leaves behind; `prepareOut` says which folders are refused. */
  out: string;
  seed?: number | undefined;
  /** When it begins, ISO 8601 with a time zone, instead of when the scenario says. */
  start?: string | undefined;
  speed?: number | undefined;
  /** Another workflow file for the first dispatch; relative to the repository or the working directory. */
  workflow?: string | undefined;
  /** Put over the inputs of the first dispatch. */
  inputs?: Readonly<Record<string, string>> | undefined;
  /** Reviews every pending deployment so, whatever the scenario says. */
  review?: Pick<Answer, "login" | "state"> | undefined;
  /** Asks the person at the terminal for a review; absent when there is none. */
  ask?: ((request: ApprovalRequest, signal: AbortSignal) => Promise<Answer>) | undefined;
  /** Told what happens, as it happens. */
  onEvent?: ((event: DrillEvent) => void) | undefined;
  /** Stops the drill: processes end, nothing is written, and `runDrill` rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface DrillResult {
  report: DrillReport;
  /** Absolute path of the drill's folder. */
  out: string;
  /**
   * Every secret value that a parameter held, in memory only. The drill's folder has been searched for them; a find
   * is one of the report's differences.
   */
  secrets: readonly string[];
}

/**
 * Runs a drill. A workflow run that fails is a result, not an error.
 * @throws WorkflowError or FirebreakError when a workflow or the runbook cannot be used, OutRefused for the folder,
 *   NobodyAnswers or ReviewRefused when a review is asked for that nobody can give, ReviewRefused before anything
 *   starts when `review` is by somebody whom no environment takes it from.
 */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const began = performance.now();
  if (options.review) checkReviewer(options.scenario.scenario, options.review.login);
  const out = resolve(options.out);
  await prepareOut(out);
  const repository = await prepareRepository(resolve(options.root), options.scenario.scenario);
  const standIns = await prepareStandIns(standInScripts(options.scenario));
  try {
    const rehearsal = await rehearse(options, repository.root, standIns?.root, out);
    const realSeconds = (performance.now() - began) / 1000;
    return await conclude(options, rehearsal, out, realSeconds);
  } catch (error) {
    // Fails, and leaves the folder alone, unless it is empty.
    await rmdir(out).catch(() => {});
    throw error;
  } finally {
    await Promise.all([repository.remove(), standIns?.remove()]);
  }
}

interface Rehearsal {
  session: Session;
  platform: Platform;
  plan: WorldPlan;
  seed: number;
  before: ServiceCount | null;
  evidence: readonly IncidentEvidence[];
  refusedDispatch: RefusedDispatch | null;
}

/** Runs the scenario and writes what the platform holds at its end. */
async function rehearse(
  options: DrillOptions,
  root: string,
  standIns: string | undefined,
  out: string,
): Promise<Rehearsal> {
  const { scenario } = options.scenario;
  const { onEvent = () => {}, inputs = {}, workflow, review, ask, signal } = options;
  const runbook = await readRunbook(root);
  const begin = options.start ?? scenario.start;
  const start = begin === undefined ? Date.now() : Date.parse(begin);
  const clock = createClock({ speed: options.speed ?? scenario.speed, start });
  const seed = options.seed ?? scenario.seed;
  const plan = planWorld(scenario, runbook, seed, start);
  const seeded = describeSeeded(plan, evidenceFrom(options, plan, runbook));
  const platform = await startPlatform(scenario, plan, seed, clock);
  try {
    const { aws, github } = platform;
    onEvent({
      type: "ready",
      at: clock.now(),
      awsUrl: aws.url,
      apiUrl: github.apiUrl,
      serverUrl: github.serverUrl,
    });
    const before = countService(platform, plan);
    const { skip } = clock;
    const settings = {
      scenario,
      platform,
      plan,
      seed,
      root,
      workflow,
      inputs,
      review,
      ask,
      onEvent,
      signal,
      skip,
    };
    const session = new Session(settings);
    const refusedDispatch = await withPath(standIns, () => session.run());
    await writeFindings(out, { platform, plan, recorder: session.recorder, seeded });
    const evidence = await readEvidence(join(out, "evidence"));
    return { session, platform, plan, seed, before, evidence, refusedDispatch };
  } finally {
    await platform.close();
  }
}

/** When the evidence window begins, in milliseconds since the epoch. */
function evidenceFrom(
  { scenario: { scenario }, inputs = {} }: DrillOptions,
  plan: WorldPlan,
  runbook: Runbook,
): number {
  const resolved = resolveInputs(scenario.dispatch.inputs, inputs, { now: plan.start, incident: null });
  return windowStart(resolved, plan.start, runbook.evidence.default_lookback_hours);
}

/** The runner takes PATH from this process: the stand-ins go first while the workflows run. */
async function withPath<Result>(folder: string | undefined, work: () => Promise<Result>): Promise<Result> {
  const path = process.env.PATH ?? "";
  if (folder !== undefined) process.env.PATH = `${folder}:${path}`;
  try {
    return await work();
  } finally {
    process.env.PATH = path;
  }
}

/** Compares with the expectation, writes report and page, and searches all that was written for secrets. */
async function conclude(
  options: DrillOptions,
  rehearsal: Rehearsal,
  out: string,
  realSeconds: number,
): Promise<DrillResult> {
  const { scenario } = options.scenario;
  const { session, platform, plan } = rehearsal;
  const { recorder } = session;
  const report = buildReport({ ...rehearsal, scenario, clock: platform.clock, recorder, realSeconds });
  const calls = platform.calls.all();
  const overridden = options.workflow !== undefined || Object.keys(options.inputs ?? {}).length > 0;
  const log = [...recorder.jobs.values()].flatMap((job) => job.log).join("\n");
  const containmentPrincipals = [
    plan.mcps[0]?.target.containmentRole,
    plan.entra?.containmentClientId,
  ].filter((principal) => principal != null);
  const differences: Difference[] = [
    ...compare(scenario.expect, { report, calls, containmentPrincipals, log }, overridden),
    ...platform.github.defects.map((actual) => ({
      what: "the simulated GitHub",
      expected: "replies that GitHub's OpenAPI description allows",
      actual,
    })),
  ];
  const write = async (): Promise<DrillReport> => {
    const finished = { ...report, differences, asExpected: differences.length === 0 };
    const issues = platform.github.state.toIssuesJson();
    const serverUrl = platform.github.serverUrl;
    const messages = platform.messages.all();
    await writeReport(out, finished);
    await writeFile(
      join(out, "index.html"),
      renderPage({ report: finished, calls, issues, evidence: rehearsal.evidence, messages, serverUrl }),
    );
    return finished;
  };
  let finished = await write();
  const { applications, tokens } = platform.entra;
  const values = platform.ssm.store.all().flatMap(({ versions }) => versions.map(({ value }) => value));
  const secrets = [...new Set([...values, ...applications.secrets(), ...tokens.all()])];
  const leaks = await findSecrets(out, secrets);
  if (leaks.length > 0) {
    differences.push(
      ...leaks.map((file) => ({ what: file, expected: "holds no secret value", actual: "it does" })),
    );
    finished = await write();
  }
  return { report: finished, out, secrets };
}
