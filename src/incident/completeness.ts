import type { Runbook } from "../runbook/schema.ts";
import type { EntryData, LedgerEntry } from "./entries.ts";

/** How complete the evidence is, as the ledger has it. */

/**
 * `complete`, or what keeps a capture from it. Where nothing is missing but what others were asked for, that is said
 * by name: the collection itself left nothing out.
 */
export function completeness(
  { complete, sources, supplements }: EntryData<"capture-sealed">,
  { evidence }: Pick<Runbook, "evidence">,
): { whole: boolean; words: string } {
  if (complete) return { whole: true, words: "complete" };
  return lacksRequestsAlone({ complete, sources, supplements }, { evidence })
    ? { whole: false, words: `complete but for what is requested: ${requestedOf(sources).join(", ")}` }
    : { whole: false, words: "incomplete" };
}

type Sealed = Pick<EntryData<"capture-sealed">, "complete" | "sources" | "supplements">;

/** Whether nothing is missing but what others were asked for. */
export function lacksRequestsAlone(
  { complete, sources, supplements }: Sealed,
  { evidence }: Pick<Runbook, "evidence">,
): boolean {
  const others = sources.filter(
    ({ status, gaps }) => status !== "requested" && (status !== "complete" || gaps > 0),
  );
  const asked = new Set<string>(sources.map(({ source }) => source));
  const leftOut = supplements === undefined && evidence.collect.some((source) => !asked.has(source));
  return !complete && requestedOf(sources).length > 0 && others.length === 0 && !leftOut;
}

function requestedOf(sources: Sealed["sources"]): string[] {
  return sources.filter(({ status }) => status === "requested").map(({ source }) => source);
}

/**
 * The entry with which all of the evidence was kept: the seal of an ordinary capture that is complete, or the entry
 * that called the last of the sources final and complete that the runbook collects. Undefined before.
 */
export function preservedBy(
  entries: readonly LedgerEntry[],
  { evidence }: Pick<Runbook, "evidence">,
): LedgerEntry | undefined {
  const missing = new Set<string>(evidence.collect);
  return entries.find((entry) => {
    if (entry.kind === "capture-sealed") return entry.data.complete && entry.data.supplements === undefined;
    if (entry.kind !== "source-final" || entry.data.outcome !== "complete") return false;
    missing.delete(entry.data.source);
    return missing.size === 0;
  });
}
