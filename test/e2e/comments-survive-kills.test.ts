import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { FEW } from "../support/chosen-calls.ts";
import { CommentWorld, ONCALL, type Posted } from "../support/comment-world.ts";
import { type CallPoint, isWrite, KillAt, pointsOf } from "../support/every-call.ts";
import { figures } from "../support/figures.ts";
import { type Kill, killsAt } from "../support/plays/kill-points.ts";

/** Killed at its calls and re-run, a command is obeyed once and answered once. */

let world: CommentWorld;
beforeAll(async () => {
  world = await CommentWorld.start();
});
afterAll(() => world.end());

/** On an incident of its own, so that its calls are those of every other. */
async function command(): Promise<Posted> {
  await world.declareAnother();
  return world.comment(ONCALL, "/severity critical the data is gone");
}

/** Where it is killed: of a few, right after each call that writes. */
function chosen(points: readonly CallPoint[]): Kill[] {
  if (!FEW) return killsAt(points);
  return points.filter(isWrite).map((point) => ({ point, moment: "after" }));
}

test("killed at its calls and re-run, a command is obeyed once and answered once", async () => {
  const { gate, platform } = world.world;
  const inputs = { environment: "dev" };
  const first = await command();
  gate.begin();
  const job = world.job();
  const { code, output } = await world.world.bundle("comment", inputs, job, { env: world.env(first.event) });
  const points = pointsOf(gate.end());
  expect(code === 0 ? "" : output).toBe("");

  const [lost, missed]: [string[], string[]] = [[], []];
  const kills = chosen(points);
  for (const { point, moment } of kills) {
    const name = `${moment} ${point.name} (${point.occurrence})`;
    const posted = await command();
    const before = (await world.kinds()).length;
    const run = world.world.dispatch(ONCALL);
    const at = new KillAt(point, moment);
    const stop = platform.calls.onCall(at.onCall);
    const env = world.env(posted.event);
    gate.begin(at.decide);
    const killed = await world.world.bundle("comment", inputs, world.world.job(run, "obey", "evidence"), {
      env,
      onStart: (kill) => {
        at.kill = kill;
      },
    });
    gate.end();
    stop();
    if (killed.signal !== "SIGKILL" || at.landed === null) missed.push(name);
    const again = world.world.job(world.world.again(run), "obey", "evidence");
    const { code: exit, outputs } = await world.world.bundle("comment", inputs, again, { env });
    const added = (await world.kinds()).slice(before);
    const answers = world.answers(posted.id).length;
    const { verdict, problems } = await world.world.verify(String(world.incident));
    const once = added.join() === "severity-changed,escalation-due" && answers === 1;
    if (exit !== 0 || !once || outputs.escalate !== "true" || verdict !== "verified")
      lost.push(
        `${name}: exit ${exit}, ${added.join()}, ${answers} answers, escalate ${outputs.escalate}, ${verdict} ${JSON.stringify(problems)}`,
      );
  }
  figures("comment-kills", { calls: points.length, tried: kills.length, missed, lost });
  expect(lost).toEqual([]);
  expect(missed.length).toBeLessThanOrEqual(Math.ceil(kills.length * 0.2));
  expect(kills.length).toBeGreaterThan(2);
}, 3_600_000);
