import type { EntryData } from "../incident/entries.ts";
import type { Signal } from "./signal.ts";

/** How a signal stands in an incident's ledger: once, by this key. */
export function keyOf({ digest }: Signal): string {
  return `indicator/${digest}`;
}

export function entryOf(signal: Signal, joined: boolean): EntryData<"indicator-received"> {
  const { indicator, mcp, what, reference, seenAt, reportedBy, proposed } = signal;
  return { indicator, mcp, what, reference, seenAt, reportedBy, proposed, joined };
}
