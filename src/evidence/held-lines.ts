import type { Vault } from "../vault/vault.ts";
import { openLog } from "./log-lines.ts";

/**
 * The lines of one stream that lie in the vault, to be compared with the stream as it is read once more.
 *
 * CloudWatch gives a stream in the order of its timestamps, and so it was written; both sides are gone through side by
 * side, and what has to be in memory are the lines of one page, whatever the volume. Lines that look the same are
 * counted: of three, where two are held, one is missing. Were a line ever out of its order, it could be taken for
 * missing; what is missing is never taken for held.
 */
export class HeldLines {
  readonly #items: HeldItem[];
  /** Lines up to the newest timestamp asked for that the stream has not shown yet, and how often. */
  readonly #unmet = new Map<string, number>();

  /** With `ingestedSince` (milliseconds) only the lines that came to CloudWatch then or later are compared with. */
  constructor(vault: Vault, keys: readonly string[], ingestedSince = 0) {
    this.#items = keys.map((key) => new HeldItem(vault, key, ingestedSince));
  }

  /** Those of `lines` that are not held. `newest` is the newest timestamp among them, in milliseconds. */
  async missing(lines: readonly string[], newest: number): Promise<string[]> {
    const hold = (line: string) => this.#unmet.set(line, (this.#unmet.get(line) ?? 0) + 1);
    for (const item of this.#items) await item.readUpTo(newest, hold);
    return lines.filter((line) => !this.#takeOut(line));
  }

  #takeOut(line: string): boolean {
    const times = this.#unmet.get(line);
    if (times === undefined) return false;
    if (times === 1) this.#unmet.delete(line);
    else this.#unmet.set(line, times - 1);
    return true;
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    for (const item of this.#items) await item.close();
  }
}

/** One item's lines, read as far as they are asked for. */
class HeldItem {
  readonly #vault: Vault;
  readonly #key: string;
  readonly #ingestedSince: number;
  #lines: AsyncIterator<string[]> | undefined;
  #some: string[] = [];
  #next = 0;
  #ended = false;

  constructor(vault: Vault, key: string, ingestedSince: number) {
    this.#vault = vault;
    this.#key = key;
    this.#ingestedSince = ingestedSince;
  }

  /** Gives the lines after those given before, up to a timestamp. */
  async readUpTo(timestamp: number, take: (line: string) => void): Promise<void> {
    for (;;) {
      for (let line = this.#some[this.#next]; line !== undefined; line = this.#some[this.#next]) {
        const times = TIMES.exec(line);
        if (Number(times?.[1] ?? 0) > timestamp) return;
        this.#next += 1;
        if (Number(times?.[2] ?? Number.POSITIVE_INFINITY) >= this.#ingestedSince) take(line);
      }
      if (this.#ended) return;
      this.#lines ??= (await openLog(this.#vault, this.#key)).lines[Symbol.asyncIterator]();
      const { done, value } = await this.#lines.next();
      this.#ended = done === true;
      this.#some = value ?? [];
      this.#next = 0;
    }
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#lines?.return?.();
  }
}

/** The times with which every line begins. */
const TIMES = /^\{"timestamp":(\d+),"ingestionTime":(\d+)/;
