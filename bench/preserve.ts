/**
 * Measures `preserve` on the simulated platform, with AWS's published quotas and 30 ms for every call, beside the lower
 * bound that these quotas allow (bound.ts says what it means) and beside the AWS CLI commands that the runbook names
 * (commands.ts), in the same run. And the peak memory of the action's process at two sizes, and the bytes that came
 * through the runner; those of the audit bucket must be none.
 *
 * The platform, too, is a program on this computer: where it answers more slowly than AWS's quotas would let it, what
 * is measured includes that. The figures hold for a computer with nothing else to do; the load is in the table, and the
 * processor time that the action took, which depends on it the least.
 *
 * CloudTrail's two lookups a second bind everybody. The larger the share of management events, the closer Firebreak is
 * to the bound, and the closer the commands are to Firebreak.
 *
 * node bench/preserve.ts [--events 1000000 --objects 20000 --trail 4000] [--runs 1] [--no-commands] [--quick]
 *   [--strict] [--program FILE] [--quiet]
 *
 * Ends with status 1 when a capture is not complete or an audit byte came through the runner; with --strict also when
 * a goal is missed.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { loadRunbook } from "../src/runbook/load.ts";
import { type CommandRun, findCli, runCommands } from "./commands.ts";
import { type Measurement, measure } from "./measure.ts";
import { usualProgram } from "./preserve-process.ts";
import { judge, printReport, type SizeReport } from "./report.ts";
import type { Volume } from "./seeds.ts";
import { startWorld } from "./world.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    events: { type: "string" },
    objects: { type: "string" },
    trail: { type: "string" },
    runs: { type: "string", default: "1" },
    commands: { type: "boolean", default: true },
    quick: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
    program: { type: "string", default: usualProgram() },
    quiet: { type: "boolean", default: false },
  },
});

/** As a busy connector makes them in a day, and ten times that; a day of a small account's management events. */
const SIZES: readonly Volume[] = [
  { events: 100_000, objects: 2000, trail: 1500 },
  { events: 1_000_000, objects: 20_000, trail: 4000 },
];
const QUICK: readonly Volume[] = [
  { events: 20_000, objects: 400, trail: 500 },
  { events: 100_000, objects: 2000, trail: 1500 },
];

const runs = wholeNumber("runs", values.runs);
const cli = values.commands ? await findCli() : { missing: "left out with --no-commands" };
const reports: SizeReport[] = [];
for (const volume of sizes()) reports.push(await measureSize(volume));

process.stdout.write(
  `\n${values.program.replace(process.cwd(), ".")} on Node ${process.version}, ${availableParallelism()} processors; ${"version" in cli ? cli.version : `no AWS CLI: ${cli.missing}`}\n`,
);
for (const report of reports) printReport(report);
const verdict = judge(reports);
process.stdout.write(`\n${verdict.lines.join("\n")}\n`);
if (!verdict.sound || (values.strict && !verdict.goalsMet)) process.exitCode = 1;

function sizes(): readonly Volume[] {
  const { events, objects, trail } = values;
  const usual = values.quick ? QUICK : SIZES;
  if (events === undefined && objects === undefined && trail === undefined) return usual;
  const [, large = { events: 0, objects: 0, trail: 0 }] = usual;
  const own = {
    events: wholeNumber("events", events ?? String(large.events)),
    objects: wholeNumber("objects", objects ?? String(large.objects)),
    trail: wholeNumber("trail", trail ?? String(large.trail)),
  };
  return [own];
}

async function measureSize(volume: Volume): Promise<SizeReport> {
  const { events, objects, trail } = volume;
  process.stdout.write(
    `Seeding ${events} log events, ${objects} audit objects and ${trail} management events\n`,
  );
  const runbook = await loadRunbook(new URL("../runbook.yml", import.meta.url).pathname);
  const world = await startWorld(runbook, "dev", "servicenow", volume);
  try {
    const measured: Measurement[] = [];
    for (let incident = 1; incident <= runs; incident += 1)
      measured.push(await measure(world, volume, incident, { program: values.program, echo: !values.quiet }));
    let commands: CommandRun[] | null = null;
    if ("version" in cli) {
      process.stdout.write("The same by hand, with the AWS CLI\n");
      commands = await runCommands(world, volume, Date.now());
    }
    return { volume, measured, commands };
  } finally {
    await world.close();
  }
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} is not a whole number: ${value}`);
  return number;
}
