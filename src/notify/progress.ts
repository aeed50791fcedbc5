import type { LedgerEntry } from "../incident/entries.ts";
import type { Way } from "../incident/escalation.ts";

/** How far one message to one recipient, not sent yet, has come on one channel, as the ledger has it. Pure. */

export interface Progress {
  way: Way;
  /**
   * `open`: may be tried. `unknown`: it may have arrived. `begun`: announced, and nobody has said what came of it.
   */
  state: "open" | "unknown" | "begun";
  /** How often it has certainly failed. */
  failures: number;
  /** The end of the keys of the next entries, or of those of the one that was begun. */
  key: string;
  /** The announcement of what was begun. */
  intent: LedgerEntry | undefined;
  /** Why it failed last. */
  why: string | null;
}

/** @param name the notice's name and the recipient's id. */
export function progressOf(entries: readonly LedgerEntry[], name: string, way: Way): Progress {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  let why: string | null = null;
  for (let number = 1; ; number += 1) {
    const key = `${name}/${way.channel}/${way.address}/${number}`;
    const common = { way, failures: number - 1, key };
    const failed = byKey.get(`notice-failed/${key}`);
    if (failed?.kind === "notice-failed") {
      why = failed.data.why;
      if (failed.data.outcome === "unknown") return { ...common, state: "unknown", intent: undefined, why };
      continue;
    }
    const intent = byKey.get(`notice-intended/${key}`);
    return { ...common, state: intent ? "begun" : "open", intent, why };
  }
}
