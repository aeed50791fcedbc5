import { expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import { FEW } from "../support/chosen-calls.ts";
import { type CallPoint, isWrite, KillAt, onePerKind, pointsOf } from "../support/every-call.ts";
import { figures, note } from "../support/figures.ts";
import { facts } from "../support/incident.ts";
import { type Kill, killsAt } from "../support/plays/kill-points.ts";
import { table } from "../support/plays/table.ts";
import { type Declared, ToldWorld } from "../support/told-world.ts";

const COPY = "You may have had this message already";
/** Critical: to be taken within 15 minutes, sealed and contained within 60, and told again every 15 minutes. */
const DECLARED_MINUTES_AGO = 65;
const REMINDERS = ["acknowledge/overdue/1", "contain/overdue/1", "preserve/overdue/1"];

/** An incident that was declared an hour ago, and nobody has done anything about since. */
async function neglected({ play }: ToldWorld): Promise<Declared> {
  const run = play.dispatch();
  const deps = play.deps(play.job(run, "declare", "evidence"));
  const earlier = () => new Date(deps.clock.now().getTime() - DECLARED_MINUTES_AGO * 60_000);
  const { owner, repo } = deps.context;
  const { data: issue } = await deps.github.rest.issues.create({ owner, repo, title: "An incident" });
  const { environment, mcp } = play.target;
  const declared = facts({
    severity: "critical",
    environment,
    mcp,
    detectedAt: earlier().toISOString(),
    issueUrl: issue.html_url,
    runId: run.id,
  });
  const clock = { ...deps.clock, now: earlier };
  await IncidentRecord.start({ ...deps, clock }, play.workspace.runbook(), issue.number, declared);
  return { incident: String(issue.number), run };
}

const clocks = (world: ToldWorld, { run }: Pick<Declared, "run">, kill?: (kill: () => void) => void) =>
  world.play.bundle("clocks", {}, world.job(run, "clocks"), kill ? { onStart: kill } : {});

/** Does something in a world of its own: the clocks go through every incident that there is. */
async function inWorld<T>(work: (world: ToldWorld) => Promise<T>): Promise<T> {
  const world = await ToldWorld.start();
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

const undisturbed = () =>
  inWorld(async (world) => {
    const declared = await neglected(world);
    const { gate } = world.play;
    gate.begin();
    const { code, output } = await clocks(world, declared);
    const points = pointsOf(gate.end());
    if (code !== 0) throw new Error(`it does not work undisturbed:\n${output}`);
    const { verdict } = await world.play.verify(declared.incident);
    expect(await problemsOf(world, declared, verdict)).toEqual([]);
    return { points, verdict };
  });

/** What is wrong with what came of it; nothing where each reminder was given once. */
async function problemsOf(world: ToldWorld, { incident }: Declared, expected: string): Promise<string[]> {
  const problems: string[] = [];
  const ledger = (await world.play.ledger(incident)) as { kind: string; data: Record<string, string> }[];
  const of = (kind: string) => ledger.filter((entry) => entry.kind === kind).map(({ data }) => data);
  const reminded = of("reminded").map(({ about, stage }) => `${about}/${stage}`);
  if (reminded.sort().join() !== REMINDERS.join()) problems.push(`reminded of ${reminded.join(", ")}`);
  const sent = of("notice-sent").map(({ notice, recipient }) => `${notice} to ${recipient}`);
  if (new Set(sent).size < sent.length) problems.push(`sent twice: ${sent.join("; ")}`);
  for (const reason of ["declared/", "repeat/", ...REMINDERS.map((one) => `reminder/${one}/`)])
    if (!sent.some((one) => one.startsWith(reason))) problems.push(`nothing sent for ${reason}`);
  const arrived = world.arrived(incident);
  const copies = arrived.filter(({ text }) => text.includes(COPY)).length;
  if (arrived.length - copies > sent.length)
    problems.push(`${arrived.length} messages, ${copies} second copies, ${sent.length} in the ledger`);
  const issues = world.play.platform.github.state.toIssuesJson() as unknown as {
    number: number;
    comments: { body: string }[];
  }[];
  const comments = issues.find(({ number }) => String(number) === incident)?.comments ?? [];
  const rolling = comments.filter(({ body }) => body.includes("### Reminders"));
  if (rolling.length !== 1) problems.push(`${rolling.length} comments with reminders`);
  const { verdict, problems: found } = await world.play.verify(incident);
  if (verdict !== expected) problems.push(`the incident is ${verdict}: ${JSON.stringify(found)}`);
  return problems;
}

const round = ({ point, moment }: Kill, verdict: string) =>
  inWorld(async (world) => {
    const declared = await neglected(world);
    const { gate, platform } = world.play;
    const at = new KillAt(point, moment);
    const stop = platform.calls.onCall(at.onCall);
    gate.begin(at.decide);
    const { signal } = await clocks(world, declared, (kill) => {
      at.kill = kill;
    });
    gate.end();
    stop();
    // The schedule's next run is another one.
    const { code, output } = await clocks(world, { run: world.play.dispatch() });
    const failed = code === 0 ? [] : [`the next run ended with ${code}: ${output.slice(-1500)}`];
    return {
      landed: signal === "SIGKILL" && at.landed !== null,
      problems: [...failed, ...(await problemsOf(world, declared, verdict))],
    };
  });

/** In a few: right after each kind of write. */
function chosen(points: readonly CallPoint[]): Kill[] {
  if (!FEW) return killsAt(points);
  return onePerKind(points.filter(isWrite)).map((point) => ({ point, moment: "after" }));
}

test("killed at its calls, the clocks' next run gives each reminder once, on one comment", async () => {
  const { points, verdict } = await undisturbed();
  const kills = chosen(points);
  const byService = new Map<string, number[]>();
  const [missed, lost]: [string[], string[]] = [[], []];
  for (const kill of kills) {
    const name = `${kill.moment} ${kill.point.name} (${kill.point.occurrence})`;
    const { landed, problems } = await round(kill, verdict);
    if (!landed) missed.push(name);
    if (problems.length > 0) lost.push(`${name}: ${problems.join("; ")}`);
    note(`clocks: ${landed ? "killed" : "missed"} ${name} ${problems.join("; ")}`);
    const { service } = kill.point.call;
    const [tried = 0, hit = 0, survived = 0] = byService.get(service) ?? [];
    byService.set(service, [tried + 1, hit + Number(landed), survived + Number(problems.length === 0)]);
  }
  const rows = [...byService].map(([service, counts]) => [service, ...counts.map(String)]);
  process.stdout.write(table(["killed at", "tried", "landed", "survived"], rows));
  const survived = kills.length - lost.length;
  figures("clocks-kills", { calls: points.length, tried: kills.length, survived, missed, lost });
  expect(lost).toEqual([]);
  expect(missed.length).toBeLessThanOrEqual(kills.length * 0.2);
  expect(kills.length).toBeGreaterThan(6);
}, 3_600_000);
