import type { LedgerEntry } from "../../incident/entries.ts";
import { ofKind } from "../../incident/state.ts";

/**
 * Whether the ledger says of every source of every sealed capture that nothing more is waited for. Something that was
 * added after a source had been given up, because it came after all, makes it open again.
 *
 * A supplementary capture that began and was not announced may lie sealed in the vault, so that there is something to
 * do; unless one that began later, for the same capture, was announced: a sweep announces what it finds before it begins.
 */
export function finalInLedger(entries: readonly LedgerEntry[]): boolean {
  const finals = ofKind(entries, "source-final");
  const seals = ofKind(entries, "capture-sealed");
  const started = ofKind(entries, "capture-started").filter(({ data }) => data.supplements !== undefined);
  const announced = started.filter(({ data }) => seals.some((seal) => seal.data.capture === data.capture));
  const unannounced = started.filter(
    (one) =>
      !announced.some(
        ({ data, sequence }) =>
          data.capture === one.data.capture ||
          (data.supplements === one.data.supplements && sequence > one.sequence),
      ),
  );
  if (unannounced.length > 0) return false;
  return seals.every(({ data, sequence }) =>
    data.sources.every(({ source }) =>
      finals.some(
        (final) =>
          final.data.capture === (data.supplements ?? data.capture) &&
          final.data.source === source &&
          (final.data.outcome === "complete" || final.sequence > sequence),
      ),
    ),
  );
}
