/** Makes a play ready in a world: declared, preserved, planned, approved. Any of it can be left out, or done otherwise. */
import type { RunRecord } from "../../../drill/contracts.ts";
import { LEAD, ONCALL } from "./people.ts";
import { restorableOf } from "./platform-state.ts";
import { type Job, PlayWorld, type WorldOptions } from "./play-world.ts";
import type { Play } from "./plays.ts";

export type Stage = "declare" | "preserve" | "contain" | "plan" | "approve";

/** How a readiness differs from the whole. */
export interface Variation {
  world?: WorldOptions;
  leaveOut?: readonly Stage[];
  /** Done right before the stage, or when all is ready. */
  before?: Partial<Record<Stage | "job", (ready: Ready) => Promise<void> | void>>;
  /** Of the last stage, instead of the reviewer's approval. */
  approve?: (ready: Ready) => Promise<void>;
  /** Who dispatches the run that changes something. */
  dispatcher?: string;
  /** The GitHub environment that the runbook names for the run that changes something, instead of its own. */
  environment?: string;
  /** Of the declaration and of the plan, laid over the play's. */
  declare?: Record<string, string>;
  plan?: Record<string, string>;
  /** What the bundle is given, laid over the play's. */
  inputs?: Record<string, string>;
}

export interface Ready {
  world: PlayWorld;
  /** What a way back has to give back. */
  beginning: string;
  incident: string;
  /** The run that changes something. */
  run: RunRecord;
  /** The GitHub environment of its job. */
  environment: string;
  /** A job of that run that carries the play out; `attempt` is the run as it is re-run. */
  job(attempt?: RunRecord): Job;
  inputs: Record<string, string>;
}

const DECLARED = { severity: "high", mcp: "servicenow", summary: "Traffic from one unknown client" };
const GLASS_REASON = "The service crash-loops, so every capture is behind its tasks, and data goes out.";

/** @throws what a stage throws; the world is closed then. */
export async function makeReady(play: Play, variation: Variation = {}): Promise<Ready> {
  const world = await PlayWorld.start({
    ...play.world,
    ...variation.world,
    scenario: { ...play.world?.scenario, ...variation.world?.scenario },
  });
  try {
    return await stages(world, play, variation);
  } catch (error) {
    await world.close();
    throw error;
  }
}

async function stages(world: PlayWorld, play: Play, variation: Variation): Promise<Ready> {
  const { leaveOut = [], before = {}, dispatcher } = variation;
  const { after, glass } = play;
  const planned = after !== undefined || glass === true;
  const first = world.dispatch(planned ? ONCALL : dispatcher);
  const ready: Ready = {
    world,
    beginning: restorableOf(world.platform),
    incident: "",
    run: first,
    environment: environmentOf(world, play),
    job: (attempt = ready.run) => world.job(attempt, "contain", "containment", ready.environment),
    inputs: { ...play.inputs, ...variation.inputs },
  };
  const stage = async (name: Stage, work: () => Promise<unknown>) => {
    await before[name]?.(ready);
    if (!leaveOut.includes(name)) await work();
  };
  const recorder = (key: string) => world.job(ready.run, key, "evidence");
  if (!planned) useEnvironment(ready, play, variation);
  await stage("declare", async () => {
    const inputs = { ...DECLARED, ...play.declare, ...variation.declare };
    const { incident = "" } = await world.act("open-incident", inputs, recorder("declare"));
    ready.incident = incident;
    ready.inputs.incident = incident;
  });
  const { incident } = ready;
  await play.attack?.(world);
  await stage("preserve", () =>
    world.act("preserve", { incident, sources: play.sources }, recorder("preserve")),
  );
  if (play.attack) {
    await world.act("verify-audit-trail", { incident }, recorder("verify-trail"));
    await world.act("record-plan", { incident, change: "contain" }, recorder("plan-after-verdict"));
  }
  if (after) {
    await stage("contain", async () => {
      await world.review(first);
      await world.act(after.action, { incident }, world.job(first, "contain", "containment"));
    });
  }
  if (glass) await replaceTask(world);
  if (planned) {
    ready.run = world.dispatch(dispatcher);
    useEnvironment(ready, play, variation);
    const { revoke } = play.declare;
    const inputs = {
      incident,
      change: after?.change ?? "contain",
      ...(revoke ? { revoke } : {}),
      ...(glass ? { "break-glass": GLASS_REASON } : {}),
      ...variation.plan,
    };
    await stage("plan", () => world.act("record-plan", inputs, recorder("plan")));
  }
  await stage("approve", () => (variation.approve ? variation.approve(ready) : approve(ready, play)));
  await before.job?.(ready);
  return ready;
}

/** One of those who may approves the run, or its next attempt. */
export async function approve({ world, run, environment }: Ready, play: Play, attempt = run): Promise<void> {
  await world.review(attempt, { environment, ...(play.glass ? { by: LEAD } : {}) });
}

/** The environment that the runbook names for the play. */
function environmentOf({ target }: PlayWorld, { glass }: Play): string {
  return (glass ? target.breakGlassEnvironment : null) ?? target.githubEnvironment;
}

/** From now on the runbook names another environment for the play. */
function useEnvironment(ready: Ready, { glass }: Play, { environment }: Variation): void {
  if (environment === undefined) return;
  const [key, name] = glass
    ? ["break_glass_environment", "break-glass"]
    : ["github_environment", "containment"];
  ready.world.workspace.edit("runbook.yml", (text) =>
    text.replace(`${key}: ${name}-{env}`, `${key}: ${environment}`),
  );
  ready.environment = environment;
  ready.world.platform.github.host.enterEnvironment(environment);
}

/** A task dies, and another one runs in its place. */
export async function replaceTask({ platform, target }: PlayWorld): Promise<void> {
  const running = () => platform.ecs.logStreams(target.cluster, target.service).map(({ taskId }) => taskId);
  const before = running();
  platform.ecs.crash(before[0] ?? "");
  const serves = () => {
    const [service] = platform.ecs.state() as { running: number; desired: number }[];
    return service?.running === service?.desired && running().some((task) => !before.includes(task));
  };
  do await platform.clock.sleep(1000);
  while (!serves());
}
