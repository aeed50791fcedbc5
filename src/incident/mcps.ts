import type { EntryKind, LedgerEntry } from "./entries.ts";
import { responseEntries } from "./response-entries.ts";

/** Which entries of an incident are about which of its mcps. Pure. */

/** About the incident as a whole, whichever mcp's job writes them. */
const INCIDENT_WIDE: ReadonlySet<EntryKind> = new Set<EntryKind>([
  "declared",
  "mcp-joined",
  "severity-changed",
  "principal-found",
  "escalation-due",
  "step-confirmed",
  "review-opened",
  // People are told, reminded and asked about an incident, not about one of its mcps.
  ...(Object.keys(responseEntries) as (keyof typeof responseEntries)[]),
]);

/** Their keys hold the capture's name, which no two mcps share. */
const NAMED_BY_CAPTURE: ReadonlySet<EntryKind> = new Set<EntryKind>([
  "capture-started",
  "capture-sealed",
  "capture-signed",
  "capture-attested",
  "capture-failed",
  "late-objects",
  "source-final",
]);

/** The mcps of the incident: the declared one, then those that joined, in their order. */
export function mcpsOf(entries: readonly LedgerEntry[]): string[] {
  return entries.flatMap((entry) =>
    entry.kind === "declared" || entry.kind === "mcp-joined" ? [entry.data.mcp] : [],
  );
}

/** What a job that works on one mcp sees: what is about it, and what is about the incident as a whole. */
export function viewOf(entries: readonly LedgerEntry[], mcp: string): LedgerEntry[] {
  const declared = mcpsOf(entries)[0];
  if (mcp === declared) return entries.filter((entry) => entry.mcp === undefined);
  return entries.filter((entry) =>
    entry.mcp === undefined ? INCIDENT_WIDE.has(entry.kind) : entry.mcp === mcp,
  );
}

/** The views of all mcps. */
export function viewsOf(entries: readonly LedgerEntry[]): { mcp: string; entries: LedgerEntry[] }[] {
  return mcpsOf(entries).map((mcp) => ({ mcp, entries: viewOf(entries, mcp) }));
}

/**
 * How an entry is written by a job that works on one mcp: nothing is said of the declared mcp, another one is named,
 * and stands before the key, so that two mcps of a run never share one.
 */
export function placed(
  kind: EntryKind,
  key: string,
  mcp: string,
  declared: string,
): { key: string; mcp: string | undefined } {
  if (mcp === declared || INCIDENT_WIDE.has(kind)) return { key, mcp: undefined };
  return { key: NAMED_BY_CAPTURE.has(kind) ? key : `${mcp}/${key}`, mcp };
}

/**
 * The entry by which all mcps have got there: the last of the first ones of each; undefined while one has none.
 * @param first of one mcp's view, the entry by which it got there.
 */
export function onceEverywhere(
  entries: readonly LedgerEntry[],
  first: (view: readonly LedgerEntry[]) => LedgerEntry | undefined,
): LedgerEntry | undefined {
  const found = viewsOf(entries).map((view) => first(view.entries));
  if (found.some((entry) => entry === undefined)) return undefined;
  return found
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.sequence - b.sequence)
    .at(-1);
}
