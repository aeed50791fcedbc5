/** One measurement: an incident declared, `preserve` run as a process, and what it took. */
import { loadavg } from "node:os";
import { type ApiBound, lowerBound } from "./bound.ts";
import { declare } from "./declare.ts";
import { runPreserve } from "./preserve-process.ts";
import type { Volume } from "./seeds.ts";
import type { World } from "./world.ts";

const ENVIRONMENT = "dev";
const MCP = "servicenow";

export interface Measurement {
  /** From the start of the process to the answer to the manifest's writing. */
  secondsToSeal: number;
  /** Until the process ended: signature, ledger entry and comment come after the seal. */
  secondsInAll: number;
  /** Nothing is missing. What somebody else has to deliver, as the identity team its sign-ins, is not missing. */
  complete: boolean;
  items: number;
  peakMiB: number | null;
  cpuSeconds: number | null;
  /** Through the runner, both ways. */
  runnerBytes: number;
  /** Of the audit bucket's objects: must be 0. */
  auditBytes: number;
  bound: ApiBound[];
  /** Calls that were refused for their number. */
  throttled: number;
  gaps: string[];
  /** How many programs wanted a processor, this one's own among them, in the minute before and at the end. */
  load: [number, number];
}

/** @throws Error when preserve failed. */
export async function measure(
  world: World,
  volume: Volume,
  incident: number,
  options: { program: string; echo: boolean },
): Promise<Measurement> {
  await declare(world, incident, ENVIRONMENT, MCP);
  const before = world.aws.traffic();
  const [loadBefore = 0] = loadavg();
  const job = `preserve-${incident}`;
  const callsBefore = world.calls.all().length;
  let sealedAt: number | undefined;
  const end = world.calls.onCall(({ operation, resource, status }) => {
    if (/^(PutObject|CompleteMultipartUpload)$/.test(operation) && status === 200)
      if (resource.endsWith("/manifest.json")) sealedAt = performance.now();
  });
  const begun = performance.now();
  const run = await runPreserve({ world, incident, environment: ENVIRONMENT, job, ...options });
  end();
  if (run.exitCode !== 0 || sealedAt === undefined)
    throw new Error(`preserve ended with exit code ${run.exitCode}\n${run.output.slice(-4000)}`);
  const after = world.aws.traffic();
  const missing = await missingFrom(world, String(run.outputs["manifest-uri"]));
  const own = world.calls.all().slice(callsBefore);
  return {
    secondsToSeal: (sealedAt - begun) / 1000,
    secondsInAll: run.seconds,
    complete: missing.length === 0,
    items: Number(run.outputs.items),
    peakMiB: run.peakMiB === null ? null : Math.round(run.peakMiB),
    cpuSeconds: run.cpuSeconds,
    runnerBytes: after.received - before.received + after.sent - before.sent,
    auditBytes: auditBytes(world),
    bound: lowerBound(world, volume, job),
    throttled: own.filter(({ error }) => /^(Throttl|SlowDown)/.test(error ?? "")).length,
    gaps: missing,
    load: [loadBefore, loadavg()[0] ?? 0],
  };
}

/** What the manifest says is missing, by name. */
async function missingFrom({ aws, target }: World, uri: string): Promise<string[]> {
  const key = uri.slice(`s3://${target.vault}/`.length);
  const { gaps, sources } = JSON.parse((await aws.s3.readObject(target.vault, key)).toString()) as {
    gaps: { what: string; why: string }[];
    sources: { source: string; status: string; gaps: { what: string; why: string }[] }[];
  };
  const named = [...gaps, ...sources.flatMap((source) => source.gaps)].map(
    ({ what, why }) => `      ${what}: ${why}`,
  );
  const unfinished = sources.filter(({ status }) => status !== "complete" && status !== "requested");
  return [...unfinished.map(({ source, status }) => `      ${source} is ${status}`), ...named];
}

/** Bytes of the audit bucket's objects that left it other than inside S3. */
function auditBytes({ aws, target }: World): number {
  return aws.s3
    .bytesOut()
    .filter(({ bucket }) => bucket === target.auditBucket)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
