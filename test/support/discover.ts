/** The first, undisturbed run of a test that then disturbs every call: which calls there are, and what a capture holds. */
import { expect } from "@jest/globals";
import { askedFor, SAMPLED } from "./chosen-calls.ts";
import { type CallPoint, onePerKind, pointsOf } from "./every-call.ts";
import { type Baseline, baselineOf } from "./judge.ts";
import { SmallWorld } from "./small-world.ts";

export interface Discovered {
  /** When the world began: others that begin then are like it. */
  start: number;
  /** Every call of the run. */
  points: CallPoint[];
  /** Those to disturb. */
  chosen: CallPoint[];
  baseline: Baseline;
}

/** Preserves once, and chooses the calls to disturb: of a sample every operation, and every kind of write. */
export async function discover(): Promise<Discovered> {
  const start = Date.now();
  const world = await SmallWorld.start({ start });
  try {
    const incident = await world.declare();
    world.gate.begin();
    const { code, output } = await world.preserve(incident);
    const points = pointsOf(world.gate.end());
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return {
      start,
      points,
      chosen: SAMPLED ? onePerKind(points) : askedFor(points),
      baseline: await baselineOf(world, incident, String(world.run.id)),
    };
  } finally {
    await world.close();
  }
}
