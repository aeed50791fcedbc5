import type { SimClock, StepRecord } from "../contracts.ts";
import type { Masker } from "./masks.ts";

/** A job's log: every line masked, stamped with simulated time as in a log that GitHub lets one download. */
export class JobLog {
  readonly #lines: string[] = [];
  readonly #masker: Masker;
  readonly #clock: SimClock;
  readonly #onLine: (line: string, step: StepRecord | null) => void;
  /** The step that is running; the lines belong to it. */
  step: StepRecord | null = null;

  constructor(masker: Masker, clock: SimClock, onLine: (line: string, step: StepRecord | null) => void) {
    this.#masker = masker;
    this.#clock = clock;
    this.#onLine = onLine;
  }

  write(text: string): void {
    for (const line of this.#masker.mask(text).split(/\r?\n/)) {
      this.#lines.push(`${stamp(this.#clock.now())} ${line}`);
      this.#onLine(line, this.step);
    }
  }

  /** A foldable group, as the runner prints the head of each step. */
  group(title: string, lines: readonly string[]): void {
    this.write(`##[group]${title}`);
    for (const line of lines) this.write(line);
    this.write("##[endgroup]");
  }

  text(): string {
    return this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
  }
}

/** ISO 8601 with the seven decimals that GitHub's logs have. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace("Z", "0000Z");
}
