/** Which of a play's calls its job is killed at, and when. */
import { askedFor, FEW, SAMPLED } from "../chosen-calls.ts";
import { type CallPoint, isWrite, type Moment } from "../every-call.ts";

const OTHERS = 6;

export interface Kill {
  point: CallPoint;
  moment: Moment;
}

/**
 * In a sample: the calls that change something, their neighbours and a few more. Of a few: right after each change, when
 * nobody has noted it yet, and right after it was announced, when nothing of it is made.
 */
export function killsAt(points: readonly CallPoint[]): Kill[] {
  // A read leaves the same behind at both moments.
  if (!SAMPLED)
    return askedFor(points).flatMap((point) => bothMoments(point).slice(0, isWrite(point) ? 2 : 1));
  return FEW ? few(points) : sample(points);
}

function few(points: readonly CallPoint[]): Kill[] {
  return points.flatMap((point, index) => {
    if (changes(point)) return [{ point, moment: "after" as const }];
    const next = points[index + 1];
    return next && changes(next) && isWrite(point) ? [{ point, moment: "after" as const }] : [];
  });
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
