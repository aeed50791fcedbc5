import { expect, test } from "@jest/globals";
import { FEW, SAMPLED } from "../support/chosen-calls.ts";
import { discover } from "../support/discover.ts";
import { type CallPoint, isWrite, KillAt, type Moment } from "../support/every-call.ts";
import { figures, note } from "../support/figures.ts";
import { expectWhole } from "../support/judge.ts";
import { Lane, sideBySide } from "../support/lane.ts";
import type { SmallWorld } from "../support/small-world.ts";

const MOMENTS: readonly Moment[] = ["before", "after"];
/**
 * In a sample the calls that only read are killed at one moment each: the state is the same at both. Of a few, they are
 * left out, and the others are killed at one moment, in turn.
 */
function momentsOf(point: CallPoint, index: number): readonly Moment[] {
  const one = [MOMENTS[index % MOMENTS.length] ?? "before"];
  if (FEW) return isWrite(point) ? one : [];
  return isWrite(point) || !SAMPLED ? MOMENTS : one;
}

test("preserve, killed at a call before it takes effect or after, ends in one sealed, verified capture with each item once", async () => {
  const { start, points, chosen, baseline } = await discover();
  const kills = chosen.flatMap((point, index) =>
    momentsOf(point, index).map((moment) => ({ point, moment })),
  );
  let missed: typeof kills = [];
  const lost: string[] = [];
  // What later rounds did to the same vault has changed nothing of the earlier ones.
  const stillVerified = async (world: SmallWorld) => {
    for (const incident of world.incidents) {
      const { verdict } = await world.verify(incident);
      if (verdict !== "verified") lost.push(`INC-${incident} is ${verdict} in the end`);
    }
  };
  const lanes = (roundsAWorld?: number) => [
    new Lane(start, stillVerified, roundsAWorld),
    new Lane(start, stillVerified, roundsAWorld),
  ];
  const round = async (kill: (typeof kills)[number], world: SmallWorld) => {
    const { point, moment } = kill;
    const name = nameOfKill(kill);
    const { incident, hit } = await killed(world, point, moment);
    if (!hit) {
      missed.push(kill);
      note(`missed ${name}`);
    }
    try {
      const last = await world.preserve(incident);
      expect({ code: last.code, output: last.code === 0 ? "" : last.output }).toEqual({
        code: 0,
        output: "",
      });
      await expectWhole(world, incident, [String(world.run.id)], baseline);
    } catch (error) {
      lost.push(`${name}: ${(error as Error).message}`);
      note(`LOST ${lost.at(-1)}`);
    }
  };
  await sideBySide(kills, lanes(), round);
  // What an earlier incident of the same world has spared this one is met in a world of its own.
  const again = missed;
  missed = [];
  await sideBySide(again, lanes(1), round);
  figures("kills", {
    calls: points.length,
    operations: new Set(chosen.map(({ call }) => `${call.service} ${call.operation}`)).size,
    tried: kills.length,
    landed: kills.length - missed.length,
    survived: kills.length - lost.length,
    missed: missed.map(nameOfKill),
    lost,
  });
  expect(lost).toEqual([]);
  // A call that the disturbed run does not make, since things happened in another order, cannot be killed at.
  expect(missed.length).toBeLessThanOrEqual(kills.length * 0.1);
}, 3_600_000);

function nameOfKill({ point, moment }: { point: CallPoint; moment: Moment }): string {
  return `${moment} ${point.name} (${point.occurrence})`;
}

/** Declares an incident and preserves it until the kill. */
async function killed(
  world: SmallWorld,
  point: CallPoint,
  moment: Moment,
): Promise<{ incident: number; hit: boolean }> {
  const incident = await world.declare();
  const at = new KillAt(point, moment);
  world.gate.begin(at.decide);
  const stop = world.platform.calls.onCall(at.onCall);
  const { signal } = await world.preserve(incident, {
    onStart: (kill) => {
      at.kill = kill;
    },
  });
  stop();
  world.gate.end();
  return { incident, hit: signal === "SIGKILL" && at.landed !== null };
}
