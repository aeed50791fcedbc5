/** The live view at the terminal: what each job and step does, while it does it. */
import type { Conclusion } from "../contracts.ts";
import type { DrillResult } from "../drill.ts";
import type { DrillEvent } from "../scenario/session.ts";
import { printable } from "./printable.ts";

export interface LiveOptions {
  write: (text: string) => void;
  colour: boolean;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const MARKS: Readonly<Record<Conclusion, string>> = {
  success: "✓",
  failure: "✗",
  cancelled: "⊘",
  skipped: "–",
  timed_out: "✗",
};
/** What the runner itself prints around a step's own output. */
const RUNNER_LINE = /^(?:##\[(?:group|endgroup|command|debug)\]|::)/;
/** Steps that the runner adds to every job. */
const RUNNER_STEPS: ReadonlySet<string> = new Set(["Set up job", "Complete job"]);

export class LiveView {
  readonly #write: (text: string) => void;
  readonly #colour: boolean;
  #start: number | null = null;
  /** Jobs whose log is inside a group: its lines are not shown. */
  readonly #inGroup = new Set<number>();
  /** While somebody is asked, lines wait here. */
  #held: string[] | null = null;

  constructor({ write, colour }: LiveOptions) {
    this.#write = write;
    this.#colour = colour;
  }

  onEvent(event: DrillEvent): void {
    this.#start ??= event.at;
    const line = this.#describe(event);
    if (line !== null) this.#print(`${this.#paint("dim", clock(event.at - this.#start))}  ${line}`);
  }

  /** Holds everything back until `resume`, so that nothing is printed into a question. */
  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const line of held) this.#print(line);
  }

  /** What came of it, and where to look. `folder` is how the person may call the drill's folder. */
  conclude({ report }: DrillResult, folder: string): void {
    const { timings, incident, review, differences, conclusion } = report;
    const paint = (colour: keyof typeof CODES, text: string) => this.#paint(colour, text);
    this.#print("");
    for (const { reason, message, remedy } of report.refusals) {
      const [first = "", ...more] = message.split("\n");
      this.#print(`${paint("yellow", "refused")} ${paint("bold", reason)}: ${printable(first)}`);
      for (const line of more) this.#print(`        ${printable(line)}`);
      this.#print(`        To mend it: ${printable(remedy)}`);
    }
    const verdict = report.asExpected
      ? paint("green", "as the scenario expects")
      : paint("red", "NOT as expected");
    this.#print(`${paint("bold", `Conclusion: ${conclusion}`)}, ${verdict}`);
    for (const { what, expected, actual } of differences) {
      this.#print(`  ${paint("red", "✗")} ${what}: expected ${expected}, actual ${actual}`);
    }
    const facts: [string, string | null][] = [
      ["sealed after", duration(timings.untilSealed)],
      ["approval took", duration(timings.waitedForApproval)],
      ["contained after", duration(timings.untilContained)],
      ["whole drill", `${duration(timings.total)} simulated, ${timings.realSeconds} s real`],
    ];
    for (const [name, value] of facts) if (value !== null) this.#print(`  ${name.padEnd(16)}${value}`);
    this.#print("");
    const places: [string, string | null][] = [
      ["Look at", `${folder}/index.html`],
      ["Incident", incident === null ? null : `#${incident} in ${folder}/github/issues.json`],
      ["Review issue", review === null ? null : `#${review}, its sub-issue`],
      ...report.records.map((path): [string, string] => ["Record", `${folder}/${path}`]),
      ["Figures", report.figures === null ? null : `${folder}/${report.figures}`],
      ["Evidence", `${folder}/evidence/`],
      ["API calls", `${folder}/calls.ndjson`],
      ["Job logs", `${folder}/logs/`],
    ];
    for (const [name, place] of places) if (place !== null) this.#print(`  ${name.padEnd(16)}${place}`);
  }

  #describe(event: DrillEvent): string | null {
    const paint = (colour: keyof typeof CODES, text: string) => this.#paint(colour, text);
    switch (event.type) {
      case "ready":
        return null;
      case "dispatched": {
        const inputs = Object.entries(event.inputs).map(([name, value]) => `${name}=${shorten(value, 40)}`);
        const leftOut =
          event.leftOut.length === 0
            ? ""
            : `  ${paint("yellow", `left out, as it declares none of them: ${event.leftOut.join(", ")}`)}`;
        return `${paint("bold", `${event.actor} dispatches ${event.workflow}`)}  ${paint("dim", inputs.join("  "))}${leftOut}`;
      }
      case "dispatch-refused":
        return paint("red", `GitHub refuses the dispatch: ${event.message}`);
      case "run-started":
        return `${paint("bold", `run ${event.run.id}`)}  ${printable(event.run.displayTitle)}`;
      case "run-completed":
        return `${this.#mark(event.run.conclusion)} ${paint("bold", `run ${event.run.id}`)}  ${printable(event.run.displayTitle)}`;
      case "job-queued":
      case "job-reviewed":
      case "summary":
        return null;
      case "job-waiting":
        return `${this.#job(event.job.name)} ${paint("yellow", `waits for a review of the environment ${event.environment}`)}`;
      case "job-started":
        return `${this.#job(event.job.name)} starts`;
      case "job-completed":
        return event.job.conclusion === "skipped"
          ? `${this.#job(event.job.name)} ${paint("dim", "– skipped")}`
          : `${this.#job(event.job.name)} ${this.#mark(event.job.conclusion)} ${paint("bold", `job ${event.job.conclusion}`)}${took(event.job)}`;
      case "step-started":
        return null;
      case "step-completed":
        return event.step.conclusion === "skipped" || RUNNER_STEPS.has(event.step.name)
          ? null
          : `${this.#job(event.job.name)}   ${this.#mark(event.step.conclusion)} ${printable(withoutCommit(event.step.name))}${took(event.step)}`;
      case "log":
        return event.step && RUNNER_STEPS.has(event.step.name) && !/^##\[(?:error|warning)\]/.test(event.line)
          ? null
          : this.#log(event.job.id, event.job.name, event.line);
      case "annotation":
        return event.job.startedAt === null
          ? `${this.#job(event.job.name)}     ${paint("red", event.annotation.message)}`
          : null;
      case "reviewed": {
        const { login, state, comment } = event.answer;
        const said = comment === "" ? "" : `: “${comment}”`;
        return paint(state === "approved" ? "green" : "red", `${login} ${state} ${event.environment}${said}`);
      }
      case "review-refused":
        return paint(
          "red",
          `GitHub refuses the review of ${event.environment} by ${event.answer.login}: ${event.message}`,
        );
      case "happened":
        return paint("yellow", `meanwhile: ${event.text}`);
    }
  }

  #log(jobId: number, job: string, line: string): string | null {
    if (line.startsWith("##[group]")) this.#inGroup.add(jobId);
    if (line.startsWith("##[endgroup]")) this.#inGroup.delete(jobId);
    if (RUNNER_LINE.test(line) || this.#inGroup.has(jobId) || line.trim() === "") return null;
    const error = /^##\[error\](.*)$/.exec(line)?.[1];
    if (error !== undefined) return `${this.#job(job)}     ${this.#paint("red", error)}`;
    const warning = /^##\[(?:warning|notice)\](.*)$/.exec(line)?.[1];
    if (warning !== undefined) return `${this.#job(job)}     ${this.#paint("yellow", warning)}`;
    return `${this.#job(job)}     ${this.#paint("dim", cut(line, 160))}`;
  }

  #job(name: string): string {
    return this.#paint("cyan", name.padEnd(9));
  }

  #mark(conclusion: Conclusion | null): string {
    const mark = conclusion === null ? "…" : MARKS[conclusion];
    return this.#paint(conclusion === "success" ? "green" : conclusion === "skipped" ? "dim" : "red", mark);
  }

  #paint(style: keyof typeof CODES, text: string): string {
    return this.#colour ? `\u001b[${CODES[style]}m${printable(text)}\u001b[0m` : printable(text);
  }

  #print(line: string): void {
    if (this.#held) this.#held.push(line);
    else this.#write(`${line}\n`);
  }
}

/** `12:05`, minutes and seconds since the drill began. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, "0")}`;
}

function took({ startedAt, completedAt }: { startedAt: number | null; completedAt: number | null }): string {
  return startedAt === null || completedAt === null
    ? ""
    : ` (${Math.round((completedAt - startedAt) / 1000)} s)`;
}

/** `3 min 20 s`; null for null. */
export function duration(seconds: number | null): string | null {
  if (seconds === null) return null;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `Run actions/checkout` for `Run actions/checkout@<commit>`. */
function withoutCommit(name: string): string {
  return name.replace(/@[0-9a-f]{40}\b/, "");
}

function shorten(text: string, limit: number): string {
  return cut(text.replace(/\s+/g, " "), limit);
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
