/**
 * Counts the API calls of a run of the clocks with many open incidents in which nothing is due: the first run, which reads
 * every ledger, and those after it. The committed bundle runs against the simulated platform, whose call log counts.
 *
 * node bench/clocks.ts [--incidents 10,100,1000]
 *
 * Ends with status 1 when a run after the first takes more calls than tens.
 */
import { parseArgs } from "node:util";
import type { DrillClock } from "../drill/clock.ts";
import { IncidentRecord } from "../src/incident/record.ts";
import type { Aws } from "../src/ports.ts";
import { type Bench, startBench } from "../test/support/bundle.ts";
import { context, facts, noGraph, ownRunbook } from "../test/support/incident.ts";
import { MemoryS3 } from "../test/support/memory-s3.ts";
import { sealedCapture } from "../test/support/response.ts";

/** At most so many calls after the first run, whatever the number of incidents. */
const TENS = 60;
const HOUR_MS = 3_600_000;

const { values } = parseArgs({ options: { incidents: { type: "string", default: "10,100,1000" } } });
const sizes = values.incidents.split(",").map(Number);
if (sizes.some((size) => !Number.isInteger(size) || size < 1))
  throw new Error(`--incidents is no list of whole numbers: ${values.incidents}`);

const rows: Record<string, string | number>[] = [];
for (const size of sizes) rows.push(...(await measure(size)));
console.table(rows);
const later = rows.filter(({ run }) => run !== "first");
const most = Math.max(...later.map(({ calls }) => Number(calls)));
process.stdout.write(
  `${most <= TENS ? "PASS" : "MISS"}  at most ${most} calls after the first run, goal ${TENS}\n`,
);
if (most > TENS) process.exitCode = 1;

async function measure(size: number): Promise<typeof rows> {
  const bench = await startBench("service-outage", 1);
  try {
    await seed(bench, size);
    const measured: typeof rows = [];
    for (const run of ["first", "second", "third"]) {
      // Each run an hour after the one before: what changed before that is known.
      await (bench.platform.clock as DrillClock).skip(HOUR_MS);
      const before = bench.platform.calls.all().length;
      const { code, output, outputs } = await bench.job("clocks", "evidence").start("clocks", {});
      if (code !== 0) throw new Error(`the clocks failed:\n${output}`);
      const calls = bench.platform.calls.all().slice(before);
      const of = (service: string) => calls.filter((call) => call.service === service).length;
      const counted = { calls: calls.length, S3: of("s3"), GitHub: of("github") };
      measured.push({ incidents: size, run, ...counted, due: Number(outputs.due) });
    }
    return measured;
  } finally {
    await bench.close();
  }
}

/** Incidents that somebody has taken and contained: the next thing that is due about them is many hours away. */
async function seed({ platform, plan }: Bench, size: number): Promise<void> {
  const s3 = new MemoryS3();
  const runbook = ownRunbook();
  const [target] = plan.mcps;
  if (!target) throw new Error("the scenario has no mcp");
  const { environment, mcp, vault } = target.target;
  const clock = { now: () => new Date(platform.clock.now()), sleep: async () => {} };
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  const aws = () => ({ s3: s3.client }) as unknown as Aws;
  for (let number = 1; number <= size; number += 1) {
    const title = `Incident ${number}`;
    const { json } = await platform.github.state.act("oncall-engineer", "issues/create", { body: { title } });
    const { number: issue } = json as { number: number };
    const github = platform.github as never;
    const deps = { aws, github, graph: noGraph, clock, log, context };
    const declared = facts({ environment, mcp, detectedAt: clock.now().toISOString() });
    const record = await IncidentRecord.start(deps, runbook, issue, declared);
    const notice = "declared/high";
    for (const recipient of ["AI connectors team", "global-security-operations"]) {
      const delivery = { notice, recipient, channel: "sns" } as const;
      const intent = { ...delivery, reason: "declared", severity: "high", address: "" } as const;
      await record.append("notice-intended", intent, `notice-intended/${recipient}`);
      const sent = { ...delivery, messageId: "m", sentAt: clock.now().toISOString(), tries: 1 };
      await record.append("notice-sent", sent, `notice-sent/${recipient}`);
    }
    const by = { login: "oncall-engineer", name: "Freja Lund" };
    await record.append("acknowledged", { by, note: null, severity: "high" }, "acknowledged");
    await record.append("capture-sealed", sealedCapture(runbook), "capture-sealed");
    const contained = { action: "scale-down", summary: "0 tasks", details: {} };
    await record.append("contained", contained, "contained");
  }
  for (const [key, body] of s3.objects) platform.aws.s3.seedObject(vault, key, body);
}
