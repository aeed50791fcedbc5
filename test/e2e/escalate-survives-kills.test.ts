import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { FEW } from "../support/chosen-calls.ts";
import { type CallPoint, KillAt, pointsOf } from "../support/every-call.ts";
import { figures, note } from "../support/figures.ts";
import { type Kill, killsAt } from "../support/plays/kill-points.ts";
import { table } from "../support/plays/table.ts";
import { type Declared, ToldWorld, WAYS } from "../support/told-world.ts";

/** Everybody is to be told: Critical, with personal data. */
const ABOUT = { severity: "critical", personalData: true } as const;
const EVERYBODY = Object.keys(WAYS);
const COPY = "You may have had this message already";

let world: ToldWorld;
beforeAll(async () => {
  world = await ToldWorld.start();
}, 120_000);
afterAll(() => world.close());

const escalate = ({ incident, run }: Declared, kill?: (kill: () => void) => void) =>
  world.play.bundle("escalate", { incident }, world.job(run), kill ? { onStart: kill } : {});

async function undisturbed(): Promise<{ points: CallPoint[]; verdict: string }> {
  const declared = await world.declare(ABOUT);
  const { gate } = world.play;
  gate.begin();
  const { code, output } = await escalate(declared);
  const points = pointsOf(gate.end());
  if (code !== 0) throw new Error(`it does not work undisturbed:\n${output}`);
  expect(
    world
      .arrived(declared.incident)
      .map(({ recipient }) => recipient)
      .sort(),
  ).toEqual([...EVERYBODY].sort());
  return { points, verdict: (await world.play.verify(declared.incident)).verdict };
}

interface Round {
  landed: boolean;
  copies: number;
  problems: string[];
}

async function round({ point, moment }: Kill, verdict: string): Promise<Round> {
  const declared = await world.declare(ABOUT);
  const { gate, platform } = world.play;
  const at = new KillAt(point, moment);
  const stop = platform.calls.onCall(at.onCall);
  gate.begin(at.decide);
  const { signal } = await escalate(declared, (kill) => {
    at.kill = kill;
  });
  gate.end();
  stop();
  const again = { ...declared, run: world.play.again(declared.run) };
  const { code, output } = await escalate(again);
  const problems = code === 0 ? [] : [`the re-run ended with ${code}: ${output.slice(-1500)}`];
  const arrived = world.arrived(declared.incident);
  for (const recipient of EVERYBODY) {
    const own = arrived.filter((one) => one.recipient === recipient);
    const channels = own.map(({ channel }) => channel);
    if (own.length === 0) problems.push(`${recipient} was not told`);
    if (new Set(channels).size < channels.length) problems.push(`${recipient} twice by ${channels.join()}`);
    if (own.length > 1 && !own.some(({ text }) => text.includes(COPY)))
      problems.push(`${recipient} was not told that it is the second copy`);
  }
  const ledger = (await world.play.ledger(declared.incident)) as { kind: string; data: object }[];
  const sent = ledger.filter(({ kind }) => kind === "notice-sent");
  if (sent.length !== EVERYBODY.length) problems.push(`the ledger has ${sent.length} sent`);
  const report = await world.play.verify(declared.incident);
  if (report.verdict !== verdict)
    problems.push(`the incident is ${report.verdict}: ${JSON.stringify(report.problems)}`);
  const landed = signal === "SIGKILL" && at.landed !== null;
  return { landed, copies: arrived.length - EVERYBODY.length, problems };
}

test("killed at its calls and re-run, escalate tells everybody, nobody twice by the same channel", async () => {
  const { points, verdict } = await undisturbed();
  const mentions = points.filter(({ call }) => call.operation === "issues/create-comment");
  const kills = [
    ...killsAt(points),
    ...(FEW ? mentions.map((point) => ({ point, moment: "after" as const })) : []),
  ];
  const byService = new Map<string, number[]>();
  const [missed, lost]: [string[], string[]] = [[], []];
  for (const kill of kills) {
    const name = `${kill.moment} ${kill.point.name} (${kill.point.occurrence})`;
    const { landed, copies, problems } = await round(kill, verdict);
    if (!landed) missed.push(name);
    if (problems.length > 0) lost.push(`${name}: ${problems.join("; ")}`);
    note(`escalate: ${landed ? "killed" : "missed"} ${name}, ${copies} second copies ${problems.join("; ")}`);
    const { service } = kill.point.call;
    const [tried = 0, hit = 0, survived = 0, second = 0] = byService.get(service) ?? [];
    const next = [tried + 1, hit + Number(landed), survived + Number(problems.length === 0), second + copies];
    byService.set(service, next);
  }
  const rows = [...byService].map(([service, counts]) => [service, ...counts.map(String)]);
  process.stdout.write(table(["killed at", "tried", "landed", "survived", "second copies"], rows));
  const survived = kills.length - lost.length;
  figures("escalate-kills", { calls: points.length, tried: kills.length, survived, missed, lost });
  expect(lost).toEqual([]);
  expect(missed.length).toBeLessThanOrEqual(kills.length * 0.2);
  expect(kills.length).toBeGreaterThan(4);
}, 3_600_000);
