/** `npm run drill`: the command line of the drill. */
import { join, relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { FirebreakError } from "../src/errors.ts";
import { runDrill } from "./drill.ts";
import { askForReview } from "./report/ask.ts";
import { LiveView } from "./report/live.ts";
import { OutRefused } from "./report/out.ts";
import { WorkflowError } from "./runner/errors.ts";
import { type Answer, type ApprovalRequest, NobodyAnswers, ReviewRefused } from "./scenario/approvals.ts";
import { isStart, listScenarios, loadScenario, ScenarioError } from "./scenario/load.ts";

const ROOT = join(import.meta.dirname, "..");

const HELP = `npm run drill [-- OPTIONS]: rehearses an incident against a simulated platform.

  --scenario NAME|FILE  what happens; 'service-outage' when left out
  --approve LOGIN       approves every pending deployment as this person
  --reject LOGIN        rejects every pending deployment as this person
  --workflow FILE       dispatches another workflow file, with those of the scenario's inputs that it declares
  --input KEY=VALUE     overrides an input of the dispatch; may be given again
  --out DIR             where to leave the results; .drill/<time>-<scenario> when left out
  --seed N              another world; the same seed and --start give the same one
  --start ISO           when it begins, such as 2026-11-21T02:40:00Z; now when left out
  --speed N             simulated seconds in one second
  --list                lists the scenarios
  --help                this text

Exit status: 0 the run ended as the scenario expects, 1 it did not, 2 the drill could not be run, 130 interrupted.
docs/drills.md explains it all, and how to write a scenario.
`;

/** Something on the command line cannot be used. */
class UsageError extends Error {}

// Whoever reads the output may stop reading; the drill goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const write = (text: string) => process.stdout.write(text);
  try {
    const options = readOptions(args);
    if (options.help) write(HELP);
    else if (options.list) await list(write);
    else return await drill(options, write);
    return 0;
  } catch (error) {
    if (!isTheirs(error)) throw error;
    const remedy = error instanceof FirebreakError ? `\nTo mend it: ${error.remedy}` : "";
    const help = error instanceof UsageError ? "\nnpm run drill -- --help explains the options." : "";
    process.stderr.write(`${error.message}${remedy}${help}\n`);
    return 2;
  }
}

type Options = ReturnType<typeof readOptions>;

async function drill(options: Options, write: (text: string) => void): Promise<number> {
  const loaded = await loadScenario(options.scenario);
  const { scenario } = loaded;
  const view = new LiveView({ write, colour: process.stdout.isTTY === true && !process.env.NO_COLOR });
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const out = options.out ?? join(".drill", `${timestamp()}-${scenario.name}`);
  const speed = options.speed ?? scenario.speed;
  write(`Drill: ${scenario.name}. ${scenario.description}\n`);
  write(`Times are simulated: one second here is ${speed} of them.\n\n`);
  try {
    const result = await runDrill({
      scenario: loaded,
      root: ROOT,
      out,
      seed: options.seed,
      start: options.start,
      speed: options.speed,
      workflow: options.workflow,
      inputs: options.inputs,
      review: options.review,
      ask: process.stdin.isTTY
        ? (request, signal) => ask(request, signal, view, write, interrupt)
        : undefined,
      onEvent: (event) => view.onEvent(event),
      signal: stop.signal,
    });
    view.conclude(result, relative(process.cwd(), result.out) || ".");
    return result.report.asExpected ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    write("\nInterrupted; nothing was written.\n");
    return 130;
  }
}

async function ask(
  request: ApprovalRequest,
  signal: AbortSignal,
  view: LiveView,
  write: (text: string) => void,
  interrupt: () => void,
): Promise<Answer> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  lines.once("SIGINT", interrupt);
  view.pause();
  try {
    return await askForReview(request, lines, write, signal);
  } finally {
    lines.close();
    view.resume();
  }
}

function readOptions(args: string[]) {
  const values = parse(args);
  const { approve, reject } = values;
  if (approve !== undefined && reject !== undefined)
    throw new UsageError("Give --approve or --reject, not both.");
  const login = approve ?? reject;
  if (login !== undefined && !/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(login)) {
    throw new UsageError(
      `--${approve === undefined ? "reject" : "approve"} takes a GitHub login, not '${login}'.`,
    );
  }
  const review: Pick<Answer, "login" | "state"> | undefined =
    login === undefined ? undefined : { login, state: approve === undefined ? "rejected" : "approved" };
  return {
    help: values.help ?? false,
    list: values.list ?? false,
    scenario: values.scenario ?? "service-outage",
    workflow: values.workflow,
    out: values.out,
    review,
    inputs: Object.fromEntries((values.input ?? []).map(readInput)),
    start: readStart(values.start),
    seed: readNumber(
      "seed",
      values.seed,
      (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    ),
    speed: readNumber("speed", values.speed, (value) => value >= 0.1 && value <= 1000),
  };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    scenario: text,
    approve: text,
    reject: text,
    workflow: text,
    input: { type: "string", multiple: true },
    out: text,
    seed: text,
    start: text,
    speed: text,
    list: flag,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readInput(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--input takes KEY=VALUE, not '${text}'.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function readStart(text: string | undefined): string | undefined {
  if (text === undefined || isStart(text)) return text;
  throw new UsageError(
    `--start takes a time with its time zone, such as 2026-11-21T02:40:00Z, not '${text}'.`,
  );
}

function readNumber(
  name: string,
  text: string | undefined,
  accept: (value: number) => boolean,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || !accept(value)) {
    const range = name === "seed" ? "a whole number from 0 to 4294967295" : "a number from 0.1 to 1000";
    throw new UsageError(`--${name} takes ${range}, not '${text}'.`);
  }
  return value;
}

async function list(write: (text: string) => void): Promise<void> {
  for (const { name, description } of await listScenarios()) write(`${name}\n    ${description}\n`);
}

/** Errors that are about what was asked for; every other one is a defect of the drill. */
function isTheirs(error: unknown): error is Error {
  const kinds = [
    UsageError,
    ScenarioError,
    WorkflowError,
    FirebreakError,
    OutRefused,
    NobodyAnswers,
    ReviewRefused,
  ];
  return kinds.some((kind) => error instanceof kind);
}

/** Local time as part of a file name. */
function timestamp(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
