/** What the bench's platform holds: the same volume always gives the same events and objects. */
import type { SeededEvent } from "../drill/aws/cloudtrail.ts";
import type { Target } from "../src/runbook/target.ts";

export interface Volume {
  /** Log events in all, over `STREAMS` streams. */
  events: number;
  /** Audit objects. */
  objects: number;
  /** Management events in CloudTrail's event history. */
  trail: number;
}

export const STREAMS = 20;
const HOUR_MS = 3_600_000;
/** Everything happened within so many hours before the start: inside the usual window of 24. */
export const HOURS = 20;
/** One management event in so many is of a global service, and shown in that one's region only. */
const GLOBAL_SHARE = 20;

/** How many of the log events are one stream's. */
export function eventsOfStream(volume: Volume, stream: number): number {
  return Math.floor(volume.events / STREAMS) + (stream < volume.events % STREAMS ? 1 : 0);
}

/** One stream's events, by index. */
export function streamGenerator(volume: Volume, stream: number, start: number) {
  const count = eventsOfStream(volume, stream);
  const step = (HOURS * HOUR_MS) / Math.max(count, 1);
  return {
    count,
    at: (index: number) => ({ timestamp: Math.floor(start + index * step), message: message(stream, index) }),
  };
}

function message(stream: number, index: number): string {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return `level=info stream=${stream} request=${mixed.toString(16).padStart(8, "0")} tool=search status=${mixed % 7 === 0 ? 500 : 200} ms=${mixed % 900}`;
}

export function* auditObjects(
  target: Target,
  { objects }: Volume,
  start: number,
): Generator<{ key: string; body: string; lastModified: number }> {
  const step = (HOURS * HOUR_MS) / Math.max(objects, 1);
  for (let index = 0; index < objects; index += 1) {
    const lastModified = Math.floor(start + index * step);
    const [day = "", time = ""] = new Date(lastModified).toISOString().split("T");
    const key = `${target.mcp}/${day.replaceAll("-", "/")}/${time.slice(0, 8).replaceAll(":", "")}-${String(index).padStart(8, "0")}.ndjson`;
    const body = `{"time":"${day}T${time}","tool":"search","user":"user-${index % 977}","outcome":"success"}\n`;
    yield { key, lastModified, body };
  }
}

/** Management events, oldest first: mostly reads, as in any account. */
export function* trailEvents({ trail }: Volume, start: number): Generator<SeededEvent> {
  const step = (HOURS * HOUR_MS) / Math.max(trail, 1);
  for (let index = 0; index < trail; index += 1) {
    const eventTime = Math.floor((start + index * step) / 1000) * 1000;
    const username = `user-${index % 31}`;
    if (isGlobal(index))
      yield { eventName: "GetRole", eventTime, eventSource: "iam.amazonaws.com", username };
    else if (index % 4 === 1)
      yield { eventName: "UpdateService", eventTime, eventSource: "ecs.amazonaws.com", username };
    else yield { eventName: "DescribeTasks", eventTime, eventSource: "ecs.amazonaws.com", username };
  }
}

/** How many of the management events each of the two regions shows. */
export function trailByRegion({ trail }: Volume): { own: number; global: number } {
  const global = Math.ceil(trail / GLOBAL_SHARE);
  return { own: trail - global, global };
}

function isGlobal(index: number): boolean {
  return index % GLOBAL_SHARE === 0;
}
