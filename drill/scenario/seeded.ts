/** `seeded.json`: what the drill put into the simulated platform before the run, for an independent count afterwards. */
import { createHash } from "node:crypto";
import type { PlannedMcp, PlannedStream, WorldPlan } from "./plan.ts";

export interface SeededStream {
  group: string;
  stream: string;
  /** All events; and those at or after `window.from`, with the digest of `<timestamp> <message>\n` of each in order. */
  events: number;
  inWindow: number;
  sha256InWindow: string;
}

export interface SeededObject {
  key: string;
  size: number;
  sha256: string;
  lastModified: string;
  inWindow: boolean;
}

export interface Seeded {
  schema: "firebreak/drill-seeded/v1";
  start: string;
  /** The incident's evidence window as dispatched; `to` is the drill's start, later events came during the run. */
  window: { from: string; to: string };
  mcp: string;
  mcps: {
    name: string;
    logGroup: string;
    auditBucket: string;
    streams: SeededStream[];
    auditObjects: SeededObject[];
  }[];
}

/** Counts what a plan seeds. `from` is the beginning of the evidence window, in milliseconds since the epoch. */
export function describeSeeded(plan: WorldPlan, from: number): Seeded {
  return {
    schema: "firebreak/drill-seeded/v1",
    start: iso(plan.start),
    window: { from: iso(from), to: iso(plan.start) },
    mcp: plan.mcp,
    mcps: plan.mcps.map((mcp) => ({
      name: mcp.settings.name,
      logGroup: mcp.target.logGroup,
      auditBucket: mcp.target.auditBucket,
      streams: mcp.tasks.flatMap((task) => task.streams.map((stream) => describeStream(stream, from))),
      auditObjects: describeObjects(mcp, from),
    })),
  };
}

/** Every event of a stream in the order in which CloudWatch Logs returns them: by time, the ordinary before the attack's. */
export function* eventsOf({
  generator,
  attack,
}: PlannedStream): Generator<{ timestamp: number; message: string }> {
  let next = 0;
  for (let index = 0; index < generator.count; index += 1) {
    const event = generator.at(index);
    for (let other = attack[next]; other && other.timestamp < event.timestamp; other = attack[next]) {
      yield other;
      next += 1;
    }
    yield event;
  }
  yield* attack.slice(next);
}

function describeStream(stream: PlannedStream, from: number): SeededStream {
  const hash = createHash("sha256");
  let [events, inWindow] = [0, 0];
  for (const { timestamp, message } of eventsOf(stream)) {
    events += 1;
    if (timestamp < from) continue;
    inWindow += 1;
    hash.update(`${timestamp} ${message}\n`);
  }
  return { group: stream.group, stream: stream.name, events, inWindow, sha256InWindow: hash.digest("hex") };
}

function describeObjects(mcp: PlannedMcp, from: number): SeededObject[] {
  return [...mcp.auditObjects()].map(({ key, body, lastModified }) => ({
    key,
    size: Buffer.byteLength(body),
    sha256: createHash("sha256").update(body).digest("hex"),
    lastModified: iso(lastModified),
    inWindow: lastModified >= from,
  }));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
