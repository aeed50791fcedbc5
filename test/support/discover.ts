/** The first, undisturbed run of a test that then disturbs every call: which calls there are, and what a capture holds. */
import { expect } from "@jest/globals";
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

/** Whether every call is to be disturbed, or a part of them all that is not a sample of the kinds. */
export const EVERY = process.env.FIREBREAK_EVERY_CALL;

/**
 * Preserves once. Chooses a sample that has every operation in it, and every kind of write; with
 * FIREBREAK_EVERY_CALL=1 every call, with 1/8, for example, every eighth, with anything else the calls with that text
 * in their names.
 */
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
      chosen: choose(points),
      baseline: await baselineOf(world, incident, String(world.run.id)),
    };
  } finally {
    await world.close();
  }
}

function choose(points: CallPoint[]): CallPoint[] {
  if (EVERY === undefined) return onePerKind(points);
  const part = /^1(?:\/(\d+))?$/.exec(EVERY);
  if (!part) return points.filter(({ name }) => name.includes(EVERY));
  return points.filter((_, index) => index % Number(part[1] ?? 1) === 0);
}
