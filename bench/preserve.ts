/**
 * Measures `preserve` against the simulated platform, whose quotas are AWS's published ones: time, peak memory of the
 * action's process at two sizes, and how many bytes of the audit bucket came to the runner. Ends with status 1 when
 * any did, or when a capture is not complete. `--quick` is over before the memory has reached its steady height.
 *
 * node bench/preserve.ts [--events 5000000] [--objects 100000] [--quick] [--source] [--quiet]
 */
import { parseArgs } from "node:util";
import { createAws } from "../src/clients/aws.ts";
import { createGitHub } from "../src/clients/github.ts";
import { IncidentRecord, type RecordDeps } from "../src/incident/record.ts";
import { loadRunbook } from "../src/runbook/load.ts";
import { program, runPreserve } from "./preserve-process.ts";
import { startWorld, type Volume, type World } from "./world.ts";

const INCIDENT = 1;
const ENVIRONMENT = "dev";
const MCP = "servicenow";
/** Two sizes, the one so many times the other, show whether the memory grows with them. */
const SMALLER = 5;

const { values } = parseArgs({
  options: {
    events: { type: "string" },
    objects: { type: "string" },
    quick: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});

const usual = values.quick ? { events: "500000", objects: "5000" } : { events: "5000000", objects: "100000" };
const large: Volume = {
  events: wholeNumber("events", values.events ?? usual.events),
  objects: wholeNumber("objects", values.objects ?? usual.objects),
};
const small: Volume = {
  events: Math.round(large.events / SMALLER),
  objects: Math.round(large.objects / SMALLER),
};
const rows = [await measure(small), await measure(large)];
process.stdout.write(`\n${program(values.source).replace(process.cwd(), ".")} on Node ${process.version}\n`);
console.table(rows);
const auditBytes = rows.reduce((sum, row) => sum + row["audit bytes through the runner"], 0);
const [before, after] = rows.map((row) => row["peak memory (MiB)"]);
process.stdout.write(
  `${SMALLER} times the events and objects: peak memory ${before} MiB, then ${after} MiB. Audit bytes through the runner: ${auditBytes}.\n`,
);
if (auditBytes !== 0 || rows.some((row) => row.complete !== "true")) process.exitCode = 1;

interface Row {
  events: number;
  objects: number;
  complete: string;
  items: number;
  seconds: number;
  "events/s": number;
  "objects/s": number;
  "peak memory (MiB)": number | null;
  "audit bytes through the runner": number;
}

async function measure(volume: Volume): Promise<Row> {
  const runbook = await loadRunbook(new URL("../runbook.yml", import.meta.url).pathname);
  process.stdout.write(`Seeding ${volume.events} log events and ${volume.objects} audit objects\n`);
  const world = await startWorld(runbook, ENVIRONMENT, MCP, volume);
  try {
    await declare(world);
    const run = await runPreserve({
      world,
      incident: INCIDENT,
      environment: ENVIRONMENT,
      fromSource: values.source,
      echo: !values.quiet,
    });
    if (run.exitCode !== 0)
      throw new Error(`preserve ended with exit code ${run.exitCode}\n${run.output.slice(-4000)}`);
    const audited = world.aws.s3
      .bytesOut()
      .filter(({ bucket }) => bucket === world.target.auditBucket)
      .reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      events: volume.events,
      objects: volume.objects,
      complete: run.outputs.complete ?? "unknown",
      items: Number(run.outputs.items),
      seconds: Math.round(run.seconds),
      "events/s": Math.round(volume.events / run.seconds),
      "objects/s": Math.round(volume.objects / run.seconds),
      "peak memory (MiB)": run.peakMiB === null ? null : Math.round(run.peakMiB),
      "audit bytes through the runner": audited,
    };
  } finally {
    await world.close();
  }
}

/** Starts the incident's ledger, as open-incident does. */
async function declare(world: World): Promise<void> {
  const session = world.aws.sessions.issue({ roleArn: world.target.evidenceRole, job: "declare" });
  process.env.AWS_ENDPOINT_URL = world.aws.url;
  process.env.AWS_ACCESS_KEY_ID = session.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = session.secretAccessKey;
  process.env.AWS_SESSION_TOKEN = session.sessionToken;
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  const deps: RecordDeps = {
    aws: createAws,
    github: createGitHub("bench-token", world.githubUrl, log),
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log,
    context: {
      owner: "acme",
      repo: "platform",
      runId: 7001,
      runAttempt: 1,
      job: "declare",
      workflow: "Incident",
      actor: "oncall",
      serverUrl: "https://github.example",
      workspace: process.cwd(),
    },
  };
  const now = Date.now();
  const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  const runbook = await loadRunbook(new URL("../runbook.yml", import.meta.url).pathname);
  await IncidentRecord.start(deps, runbook, INCIDENT, {
    severity: "high",
    type: "service-outage",
    environment: ENVIRONMENT,
    mcp: MCP,
    summary: "bench",
    description: "Measures preserve.",
    detectedAt: hoursAgo(1),
    window: { from: hoursAgo(24), to: hoursAgo(0) },
    lookbackHours: 24,
    principal: null,
    personalData: false,
    declaredBy: { login: "oncall", name: "Olga Oncall" },
    runId: 7001,
    runUrl: "https://github.example/acme/platform/actions/runs/7001",
    issueUrl: "https://github.example/acme/platform/issues/1",
  });
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} is not a whole number: ${value}`);
  return number;
}
