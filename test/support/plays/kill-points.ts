/** Which of a play's calls its job is killed at, and when. */
import { type CallPoint, isWrite, type Moment } from "../every-call.ts";

/**
 * With FIREBREAK_EVERY_CALL=1 every call is killed at, with 1/8, for example, every eighth, with anything else the calls
 * with that text in their names; without it those that change something, their neighbours and a few more.
 */
const EVERY = process.env.FIREBREAK_EVERY_CALL;
const OTHERS = 6;

export interface Kill {
  point: CallPoint;
  moment: Moment;
}

export function killsAt(points: readonly CallPoint[]): Kill[] {
  return EVERY === undefined ? sample(points) : part(points, EVERY).flatMap(bothMoments);
}

function part(points: readonly CallPoint[], of: string): CallPoint[] {
  const [whole, step] = /^1(?:\/(\d+))?$/.exec(of) ?? [];
  if (whole === undefined) return points.filter(({ name }) => name.includes(of));
  return points.filter((_, index) => index % Number(step ?? 1) === 0);
}

function bothMoments(point: CallPoint): Kill[] {
  return [
    { point, moment: "before" },
    { point, moment: "after" },
  ];
}

function sample(points: readonly CallPoint[]): Kill[] {
  const changing = points.flatMap((point, index) => (changes(point) ? [index] : []));
  const near = new Set(changing.flatMap((index) => [index - 1, index + 1]));
  const others = points
    .map((_, index) => index)
    .filter((index) => !changing.includes(index) && !near.has(index));
  const step = Math.max(1, Math.floor(others.length / OTHERS));
  const spread = others.filter((_, index) => index % step === step - 1).slice(0, OTHERS);
  return points.flatMap((point, index) => {
    if (changing.includes(index)) return bothMoments(point);
    if (!near.has(index) && !spread.includes(index)) return [];
    // A read leaves the same behind at both moments.
    return near.has(index) && isWrite(point)
      ? bothMoments(point)
      : [{ point, moment: index % 2 === 0 ? ("before" as const) : ("after" as const) }];
  });
}

function changes(point: CallPoint): boolean {
  const { service, operation } = point.call;
  return !["s3", "github", "sts", "kms"].includes(service) && operation !== "token" && isWrite(point);
}
