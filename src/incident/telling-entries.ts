import { type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { saysSo, somethingBegun, speaksAgainst } from "./nothing-to-contain.ts";
import { raisesOf, severityChanges } from "./severity-changes.ts";
import { askedSince } from "./told.ts";

/** Of several entries with the same name the first or the last tells all. */
interface Place {
  name: string;
  keep: "first" | "last";
}

/**
 * Of a ledger that grows, the entries that tell an incident's status: it is the same by them as by all. Of what is
 * repeated one is kept, and a severity or a finding that no longer holds is not.
 */
export class Telling {
  readonly #kept = new Map<string, LedgerEntry>();

  /** In the order of the chain. Those about the severity are not as they were written: what they came to is. */
  entries(): LedgerEntry[] {
    return [...this.#kept.values()];
  }

  /** @returns whether the status may be another one now. */
  add(entry: LedgerEntry): boolean {
    const fell = speaksAgainst(entry) && this.#kept.delete(NOTHING_TO_CONTAIN);
    return this.#take(entry) || fell;
  }

  #take(entry: LedgerEntry): boolean {
    if (entry.kind === "severity-changed") return this.#changeSeverity(entry);
    if (saysSo(entry)) return this.#spare(entry);
    const place = placeOf(entry, () => askedSince(this.entries()));
    if (!place || (place.keep === "first" && this.#kept.has(place.name))) return false;
    // A change that was brought to its end is open no more, also where that end moves behind what was said in between.
    if (entry.kind === "contained" || entry.kind === "restored") this.#kept.delete(changeOf(entry));
    // What is set anew stands where it stood: the last one belongs at the end.
    this.#kept.delete(place.name);
    this.#kept.set(place.name, entry);
    return true;
  }

  /**
   * The declaration carries the severity, and after it the raises of which something is left, since what a person said
   * before them may count no more. The first change by a person shows that one has judged.
   */
  #changeSeverity(entry: LedgerEntry<"severity-changed">): boolean {
    const declared = this.#kept.get("declared");
    const entries = [...this.entries(), entry];
    const holds = declared?.kind === "declared" && severityChanges(entries).includes(entry);
    if (holds) {
      const raises = raisesOf(entries);
      if (raises.every(({ left }) => left === null))
        this.#kept.set("declared", { ...declared, data: { ...declared.data, severity: entry.data.to } });
      for (const { entry: raise, left } of raises) {
        const name = `raised/${raise.sequence}`;
        if (left === null) this.#kept.delete(name);
        else this.#kept.set(name, { ...raise, data: { ...raise.data, to: left } });
      }
    }
    const judges = entry.data.by !== undefined && !this.#kept.has("judged");
    if (judges) this.#kept.set("judged", { ...entry, data: { ...entry.data, from: entry.data.to } });
    return holds || judges;
  }

  /** Only the last one counts, and none at all where something had been begun before it. */
  #spare(entry: LedgerEntry): boolean {
    const fell = this.#kept.delete(NOTHING_TO_CONTAIN);
    if (somethingBegun(this.entries()) !== undefined) return fell;
    this.#kept.set(NOTHING_TO_CONTAIN, entry);
    return true;
  }
}

/** By which the last announced change of an entry's mcp is kept. */
function changeOf({ mcp = "" }: LedgerEntry): string {
  return `change-intended/${mcp}`;
}

/** Where an entry is kept; undefined for what moves no status. @param asked since when there is what people are told. */
function placeOf(entry: LedgerEntry, asked: () => number): Place | undefined {
  const first = (...name: string[]): Place => ({ name: [entry.kind, ...name].join("/"), keep: "first" });
  const last = (...name: string[]): Place => ({ name: [entry.kind, ...name].join("/"), keep: "last" });
  const { mcp = "" } = entry;
  switch (entry.kind) {
    case "declared":
    case "personal-data-found":
    case "reviewed":
      return first();
    case "mcp-joined":
      return first(entry.data.mcp);
    case "indicator-received":
      return entry.data.joined ? undefined : first();
    case "notice-sent":
      return first(entry.data.recipient);
    case "step-confirmed":
      return first(entry.data.step, entry.data.verdict ?? "", String(asked()));
    case "glass-broken":
      return first(String(entry.by.runId));
    case "secret-disabled":
      return first(mcp);
    case "capture-sealed":
      return entry.data.complete && entry.data.supplements === undefined ? first(mcp) : undefined;
    case "source-final":
      return entry.data.outcome === "complete" ? first(mcp, entry.data.source) : undefined;
    case "change-intended":
      return { name: changeOf(entry), keep: "last" };
    case "contained":
    case "restored":
      return last(mcp);
    case "planned":
      return last(String(entry.data.plan.change === "contain"));
    case "plan-failed":
    case "gate-refused":
    case "not-contained":
    case "audit-trail-verified":
      return last();
    default:
      return undefined;
  }
}
