/** The call log: every API call that the simulated platform answered or refused, in order. */
import type { CallRecord, CallSink } from "./contracts.ts";

export class CallLog implements CallSink {
  readonly #calls: CallRecord[] = [];
  readonly #listeners = new Set<(call: CallRecord) => void>();

  append(call: CallRecord): void {
    this.#calls.push(call);
    for (const listener of this.#listeners) listener(call);
  }

  /** Every call so far, oldest first. */
  all(): readonly CallRecord[] {
    return this.#calls;
  }

  /** Tells the listener of each later call; returns a function that ends it. */
  onCall(listener: (call: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One JSON object a line, each line ended. */
  toNdjson(): string {
    return this.#calls.map((call) => `${JSON.stringify(call)}\n`).join("");
  }
}
