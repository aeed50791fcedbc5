/** Walks a play's API calls: kills the job at each, re-runs it, and holds what came of it against a run that was left alone. */
import type { RunRecord } from "../../../drill/contracts.ts";
import { FEW } from "../chosen-calls.ts";
import { type CallPoint, KillAt, pointsOf } from "../every-call.ts";
import { note } from "../figures.ts";
import { type Kill, killsAt } from "./kill-points.ts";
import { endStateOf, restorableOf } from "./platform-state.ts";
import type { PlayWorld } from "./play-world.ts";
import type { Play } from "./plays.ts";
import { approve, makeReady, type Ready } from "./ready.ts";

const AT_ONCE = 2;

export interface Walk {
  calls: number;
  tried: number;
  landed: number;
  survived: number;
  missed: string[];
  lost: string[];
}

/** What a play leaves behind. */
interface Trace {
  /** Each configuration that the platform went through. */
  history: string[];
  end: string;
  restorable: string;
  /** The calls that changed something and took effect. */
  changes: string[];
}

export async function walk(play: Play): Promise<Walk> {
  const start = Date.now();
  const { points, baseline } = await undisturbed(play, start);
  // There are many plays: of a few, every second has to do. The plays' own tests kill at all of them, in process.
  const kills = killsAt(points).filter((_, index) => !FEW || index % 2 === 0);
  const waiting = [...kills];
  const [missed, lost]: [string[], string[]] = [[], []];
  const lane = async () => {
    for (let kill = waiting.shift(); kill; kill = waiting.shift()) {
      const name = `${kill.moment} ${kill.point.name} (${kill.point.occurrence})`;
      const { landed, problems } = await round(play, kill, start, baseline);
      if (!landed) missed.push(name);
      if (problems.length > 0) lost.push(`${name}: ${problems.join("; ")}`);
      note(`${play.name}: ${landed ? "killed" : "missed"} ${name} ${problems.join("; ")}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const tried = kills.length;
  return {
    calls: points.length,
    tried,
    landed: tried - missed.length,
    survived: tried - lost.length,
    missed,
    lost,
  };
}

async function undisturbed(play: Play, start: number): Promise<{ points: CallPoint[]; baseline: Trace }> {
  const ready = await makeReady(play, { world: { start } });
  try {
    const { gate } = ready.world;
    const before = ready.world.history.length;
    gate.begin();
    const { code, output } = await ready.world.bundle(play.action, ready.inputs, ready.job());
    const points = pointsOf(gate.end());
    if (code !== 0) throw new Error(`${play.name} does not work undisturbed:\n${output}`);
    const baseline = await traceOf(play, ready.world);
    if (baseline.history.length === before) throw new Error(`${play.name} changes nothing`);
    if (gives(play) && baseline.restorable !== ready.beginning)
      throw new Error(`${play.name} gives back ${baseline.restorable} and not ${ready.beginning}`);
    return { points, baseline };
  } finally {
    await ready.world.close();
  }
}

async function round(
  play: Play,
  { point, moment }: Kill,
  start: number,
  baseline: Trace,
): Promise<{ landed: boolean; problems: string[] }> {
  const ready = await makeReady(play, { world: { start } });
  try {
    const { gate } = ready.world;
    const at = new KillAt(point, moment);
    const stop = ready.world.platform.calls.onCall(at.onCall);
    gate.begin(at.decide);
    const { signal } = await ready.world.bundle(play.action, ready.inputs, ready.job(), {
      onStart: (kill) => {
        at.kill = kill;
      },
    });
    gate.end();
    stop();
    const landed = signal === "SIGKILL" && at.landed !== null;
    const attempt = ready.world.again(ready.run);
    await approve(ready, play, attempt);
    return { landed, problems: await judge(play, ready, attempt, baseline) };
  } finally {
    await ready.world.close();
  }
}

/** What is wrong after the re-run; nothing, if the kill has made no difference. */
async function judge(play: Play, ready: Ready, attempt: RunRecord, baseline: Trace): Promise<string[]> {
  const { world, incident } = ready;
  const { code, output } = await world.bundle(play.action, ready.inputs, ready.job(attempt));
  if (code !== 0) return [`the re-run ended with ${code}: ${output.slice(-1500)}`];
  const trace = await traceOf(play, world);
  const problems: string[] = [];
  if (trace.changes.join() !== baseline.changes.join())
    problems.push(`changed by ${trace.changes.join()}, undisturbed by ${baseline.changes.join()}`);
  if (trace.history.join("\n") !== baseline.history.join("\n"))
    problems.push(`the configuration went through ${difference(trace.history, baseline.history)}`);
  if (gives(play) && trace.restorable !== ready.beginning)
    problems.push(`given back is ${trace.restorable}, and it was ${ready.beginning}`);
  if (trace.end !== baseline.end) problems.push(`it ends as ${trace.end}, undisturbed as ${baseline.end}`);
  const { verdict, problems: found } = await world.verify(incident);
  if (verdict !== "verified") problems.push(`the incident is ${verdict}: ${JSON.stringify(found)}`);
  const kinds = (await world.ledger(incident)).map(({ kind }) => kind);
  const outcome = play.after ? "restored" : "contained";
  if (kinds.filter((kind) => kind === outcome).length !== 1) problems.push(`the ledger has ${kinds.join()}`);
  return problems;
}

async function traceOf({ remade = [] }: Play, world: PlayWorld): Promise<Trace> {
  await settled(world);
  const { platform, history } = world;
  const changes = world
    .changes()
    .filter(({ error }) => error === null || error === "AnswerLost")
    .map(({ operation }) => operation)
    .filter((operation) => !remade.includes(operation));
  const end = endStateOf(platform);
  const steps = remade.length === 0 ? [...history] : withoutTenant(history);
  return { history: steps, end, restorable: restorableOf(platform), changes };
}

/** The steps by which all but the tenant became what it is: what the tenant came to stands in the end state. */
function withoutTenant(history: readonly string[]): string[] {
  const steps = history.map((state) => JSON.stringify({ ...JSON.parse(state), tenant: null }));
  return steps.filter((state, index) => state !== steps[index - 1]);
}

/** Until every task is where it is to be: a task that was stopped is replaced. */
async function settled({ platform }: PlayWorld): Promise<void> {
  const moving = () =>
    (platform.ecs.state() as { desired: number; running: number; tasks: { lastStatus: string }[] }[]).some(
      ({ desired, running, tasks }) =>
        desired !== running || tasks.some(({ lastStatus }) => !["RUNNING", "STOPPED"].includes(lastStatus)),
    );
  const until = platform.clock.now() + 600_000;
  while (moving() && platform.clock.now() < until) await platform.clock.sleep(1000);
}

/** Whether everything is to be as before. */
function gives({ after, remains }: Play): boolean {
  return after !== undefined && remains !== true;
}

function difference(one: readonly string[], other: readonly string[]): string {
  const index = one.findIndex((state, at) => state !== other[at]);
  return `${one.length} states and not ${other.length}; the first other one, number ${index}, is ${one[index]} and not ${other[index]}`;
}
