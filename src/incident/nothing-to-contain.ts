import { atLeast } from "../runbook/severities.ts";
import { type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { viewsOf } from "./mcps.ts";

/**
 * A false alarm: a person says that nothing has to be contained. That is no containment: there is no entry `contained`, no
 * status of that name, and nothing that asks for a containment takes it for one. Pure.
 */

/**
 * Where a person has said so, and it still holds: nothing had been begun before, and nothing has spoken against it since.
 * It is about the incident as a whole, for those of its mcps that were not contained.
 */
export function nothingToContain(entries: readonly LedgerEntry[]): LedgerEntry<"step-confirmed"> | undefined {
  const at = entries.findLastIndex(saysSo);
  const said = entries[at];
  if (said?.kind !== "step-confirmed" || entries.slice(at + 1).some(speaksAgainst)) return undefined;
  // Two jobs may write at the same moment: what counts is what stands before it in the chain.
  return somethingBegun(entries.slice(0, at)) === undefined ? said : undefined;
}

export function saysSo(entry: LedgerEntry): boolean {
  return entry.kind === "step-confirmed" && entry.data.verdict === NOTHING_TO_CONTAIN;
}

/** Whether an entry ends it: somebody sets out to contain, or there is more to the incident than was known. */
export function speaksAgainst(entry: LedgerEntry): boolean {
  switch (entry.kind) {
    case "planned":
      return entry.data.plan.change === "contain";
    case "plan-failed":
    case "change-intended":
    case "contained":
    case "secret-disabled":
    case "mcp-joined":
    case "indicator-received":
      return true;
    case "severity-changed":
      return !atLeast(entry.data.from, entry.data.to);
    case "audit-trail-verified":
      return isTampered(entry);
    case "step-confirmed":
      return entry.data.verdict === "affected";
    default:
      return false;
  }
}

/** Why it cannot be said, in a sentence; undefined where it can. */
export function somethingBegun(entries: readonly LedgerEntry[]): string | undefined {
  const views = viewsOf(entries);
  const open = views.find((view) => isBegun(view.entries));
  if (open) return `A change of ${open.mcp} was begun, and is neither verified nor taken back.`;
  if (entries.some(({ kind }) => kind === "secret-disabled"))
    return "The old secret was disabled at its issuer, so the mcp needs another one.";
  const trail = entries.findLast(({ kind }) => kind === "audit-trail-verified");
  if (trail && isTampered(trail)) return "The audit trail was tampered with, as its verdict says.";
  const affected = entries.find(
    (entry) => entry.kind === "step-confirmed" && entry.data.verdict === "affected",
  );
  if (affected?.kind === "step-confirmed") return `The step ${affected.data.step} was found affected.`;
  return views.every((view) => view.entries.some(({ kind }) => kind === "contained"))
    ? "It is contained."
    : undefined;
}

/** Something of an mcp was announced to be changed, and nothing has brought that to its end. */
function isBegun(view: readonly LedgerEntry[]): boolean {
  const last = view.findLast(({ kind }) => ENDS.has(kind) || kind === "change-intended");
  return last?.kind === "change-intended";
}

const ENDS: ReadonlySet<LedgerEntry["kind"]> = new Set<LedgerEntry["kind"]>(["contained", "restored"]);

function isTampered(entry: LedgerEntry): boolean {
  return (
    entry.kind === "audit-trail-verified" && (entry.data.verdict === "tampered" || entry.data.policyChanged)
  );
}
