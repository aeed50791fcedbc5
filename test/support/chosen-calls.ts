import type { CallPoint } from "./every-call.ts";

/**
 * Which of a run's calls a test disturbs, by FIREBREAK_EVERY_CALL: without it a few, so that the whole suite stays
 * short; with `sample` every kind of call; with `1` every call, with `1/8`, for example, every eighth; with anything
 * else the calls with that text in their names.
 */
export const ASKED = process.env.FIREBREAK_EVERY_CALL;

/** Whether only a part of the kinds of call is to be disturbed: the shortest of the choices. */
export const FEW = ASKED === undefined;

/** Whether the calls are chosen by their kind. */
export const SAMPLED = FEW || ASKED === "sample";

/** What was asked for, where it is not chosen by kind. */
export function askedFor(points: readonly CallPoint[]): CallPoint[] {
  const [whole, step] = /^1(?:\/(\d+))?$/.exec(ASKED ?? "1") ?? [];
  if (whole === undefined) return points.filter(({ name }) => name.includes(ASKED ?? ""));
  return points.filter((_, index) => index % Number(step ?? 1) === 0);
}
