import { afterAll, expect, test } from "@jest/globals";
import { canonicalJson } from "../../src/vault/digest.ts";
import { FEW } from "../support/chosen-calls.ts";
import { type CallPoint, isWrite, KillAt, onePerKind, pointsOf } from "../support/every-call.ts";
import { figures, note } from "../support/figures.ts";
import { type Kill, killsAt } from "../support/plays/kill-points.ts";
import { FOLDER, type Reviewed, ReviewWorld } from "../support/plays/review-world.ts";
import { table } from "../support/plays/table.ts";

/** What record-review does: a closed review is proposed or opened again, a merged record makes the incident reviewed. */
const PHASES = ["propose", "open-again", "settle"] as const;
type Phase = (typeof PHASES)[number];

interface Walk {
  calls: number;
  tried: number;
  landed: number;
  survived: number;
  lost: string[];
}

const walks = new Map<Phase, Walk>();
const START = Date.now();

afterAll(() => {
  const rows = [...walks].map(([name, { calls, tried, landed, survived }]) => [
    name,
    ...[calls, tried, landed, survived].map(String),
  ]);
  process.stdout.write(table(["record-review", "calls", "kills tried", "landed", "survived"], rows));
  figures("record-review-kills", Object.fromEntries(walks));
});

test.each(PHASES)(
  "%s: killed at its calls and re-run, there is one row, one pull request, one issue for each improvement, and an unbroken chain",
  async (phase) => {
    const { points, baseline } = await undisturbed(phase);
    const walk: Walk = { calls: points.length, tried: 0, landed: 0, survived: 0, lost: [] };
    walks.set(phase, walk);
    for (const kill of chosen(points)) {
      const name = `${kill.moment} ${kill.point.name} (${kill.point.occurrence})`;
      const { landed, problems } = await round(phase, kill, baseline);
      walk.tried += 1;
      walk.landed += landed ? 1 : 0;
      walk.survived += problems.length === 0 ? 1 : 0;
      if (problems.length > 0) walk.lost.push(`${name}: ${problems.join("; ")}`);
      note(`record-review ${phase}: ${landed ? "killed" : "missed"} ${name} ${problems.join("; ")}`);
    }
    expect(walk.lost).toEqual([]);
    // A call that the disturbed run does not make, since things happened in another order, cannot be killed at.
    expect(walk.landed).toBeGreaterThanOrEqual(walk.tried * 0.9);
  },
  3_600_000,
);

interface Ready extends Reviewed {
  reviews: ReviewWorld;
  inputs: Record<string, string>;
}

/** A review that was closed; for `settle` its record is merged as well. */
async function ready(phase: Phase): Promise<Ready> {
  const reviews = await ReviewWorld.start({ start: START });
  const { incident, review } = await reviews.incident();
  if (phase !== "open-again") await reviews.write(review);
  await reviews.shut(review);
  const inputs: Record<string, string> = { "closed-issue": String(review) };
  if (phase !== "settle") return { reviews, incident, review, inputs };
  const { "pull-request": pull } = await reviews.record(inputs);
  await reviews.merge(Number(pull));
  return { reviews, incident, review, inputs: {} };
}

async function undisturbed(phase: Phase): Promise<{ points: CallPoint[]; baseline: string }> {
  const made = await ready(phase);
  try {
    const { gate } = made.reviews.world;
    gate.begin();
    const { code, output } = await made.reviews.bundle(made.inputs, made.reviews.job());
    const points = pointsOf(gate.end());
    if (code !== 0) throw new Error(`it does not work undisturbed:\n${output}`);
    return { points, baseline: await endOf(made) };
  } finally {
    await made.reviews.close();
  }
}

async function round(
  phase: Phase,
  { point, moment }: Kill,
  baseline: string,
): Promise<{ landed: boolean; problems: string[] }> {
  const made = await ready(phase);
  try {
    const { reviews, inputs, incident } = made;
    const { gate, platform } = reviews.world;
    const job = reviews.job();
    const at = new KillAt(point, moment);
    const stop = platform.calls.onCall(at.onCall);
    gate.begin(at.decide);
    const { signal } = await reviews.bundle(inputs, job, {
      onStart: (kill) => {
        at.kill = kill;
      },
    });
    gate.end();
    stop();
    const landed = signal === "SIGKILL" && at.landed !== null;
    const { code, output } = await reviews.bundle(inputs, reviews.job(reviews.world.again(job.run)));
    if (code !== 0) return { landed, problems: [`the re-run ended with ${code}: ${output.slice(-1500)}`] };
    const problems: string[] = [];
    const end = await endOf(made);
    if (end !== baseline) problems.push(`it ends as ${end}, undisturbed as ${baseline}`);
    const { verdict, problems: found } = await reviews.world.verify(incident);
    if (verdict !== "verified") problems.push(`the incident is ${verdict}: ${JSON.stringify(found)}`);
    return { landed, problems };
  } finally {
    await made.reviews.close();
  }
}

/** What is there in the end, without what depends on the moment. */
async function endOf({ reviews, incident, review }: Ready): Promise<string> {
  const { platform } = reviews.world;
  const kinds = await reviews.kinds(incident);
  const record = (await reviews.world.ledger(incident)).findLast(({ kind }) => kind === "record-proposed");
  const ref = kinds.includes("reviewed") ? "main" : `firebreak/review-INC-${incident}`;
  const page = (await reviews.file(`${FOLDER}/README.md`, ref)) ?? "";
  const issues = platform.github.state.issues();
  return canonicalJson({
    kinds,
    rows: page.split("\n").filter((line) => line.startsWith("|") && line.includes(`[INC-${incident}](`))
      .length,
    recorded: (await reviews.file(String(record?.data.record), ref)) !== null,
    pulls: issues.filter(({ pull }) => pull !== null).length,
    improvements: issues.filter(({ labels }) => labels.includes("incident-improvement")).length,
    links: (reviews.issue(review).body ?? "").split("→ #").length - 1,
    comments: issues.map(({ comments }) => comments.map(({ body }) => body.split("\n")[0])),
    states: issues.map(({ state }) => state),
  });
}

/** Few: right after each kind of call that changes something, when nobody has noted it yet. */
function chosen(points: readonly CallPoint[]): Kill[] {
  if (!FEW) return killsAt(points);
  return onePerKind(points.filter(isWrite)).map((point) => ({ point, moment: "after" }));
}
