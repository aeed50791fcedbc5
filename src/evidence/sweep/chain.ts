import { FirebreakError } from "../../errors.ts";
import type { SealedCapture } from "../manifest.ts";
import type { ManifestSource } from "../source-schema.ts";

/** An ordinary capture with what was added to it later. */
export interface Chain {
  first: SealedCapture;
  /** `first` and the supplementary captures, by the time of their seals, oldest first. */
  captures: readonly [SealedCapture, ...SealedCapture[]];
}

/**
 * Puts an incident's sealed captures into chains, by the ordinary captures' seals, oldest first.
 *
 * Two runs may add to the same capture at once; both belong to its chain.
 * @throws FirebreakError `evidence-altered` when a supplementary capture adds to none that is there as it was.
 */
export function chainsOf(captures: readonly SealedCapture[]): Chain[] {
  const sorted = [...captures].sort((a, b) => sealedAt(a) - sealedAt(b));
  const members = new Map<string, SealedCapture[]>();
  const beginnings = new Map<string, string>();
  const waiting = sorted.filter(({ manifest }) => manifest.supplements !== undefined);
  for (const one of sorted) {
    if (one.manifest.supplements !== undefined) continue;
    beginnings.set(one.capture, one.capture);
    members.set(one.capture, [one]);
  }
  // A capture follows from the seal of the one it adds to, so there are no circles; clocks may still disagree.
  for (let found = true; found; ) {
    found = false;
    for (const one of waiting.filter(({ capture }) => !beginnings.has(capture))) {
      const beginning = beginnings.get(predecessor(sorted, one)?.capture ?? "");
      if (beginning === undefined) continue;
      beginnings.set(one.capture, beginning);
      members.get(beginning)?.push(one);
      found = true;
    }
  }
  const orphan = waiting.find(({ capture }) => !beginnings.has(capture));
  if (orphan) throw orphaned(orphan);
  return [...members.values()].flatMap(([first, ...others]) =>
    first ? [{ first, captures: [first, ...others.sort((a, b) => sealedAt(a) - sealedAt(b))] }] : [],
  );
}

/** What the newest capture that tried this source says of it; undefined when none did. */
export function newestOf(
  { captures }: Pick<Chain, "captures">,
  source: string,
): { record: ManifestSource; in: SealedCapture } | undefined {
  for (const one of captures.toReversed()) {
    const record = one.manifest.sources.find((candidate) => candidate.source === source);
    if (record) return { record, in: one };
  }
  return undefined;
}

/** The sources that the chain has anything of. */
export function sourcesOf({ captures }: Pick<Chain, "captures">): string[] {
  return [...new Set(captures.flatMap(({ manifest }) => manifest.sources.map(({ source }) => source)))];
}

function predecessor(
  captures: readonly SealedCapture[],
  { manifest }: SealedCapture,
): SealedCapture | undefined {
  const { supplements } = manifest;
  return captures.find(
    ({ capture, sha256 }) => capture === supplements?.capture && sha256 === supplements.manifestSha256,
  );
}

function sealedAt({ manifest }: SealedCapture): number {
  return Date.parse(manifest.sealedAt);
}

function orphaned({ capture, manifest }: SealedCapture): FirebreakError {
  return new FirebreakError(
    "evidence-altered",
    `Capture ${capture} adds to capture ${manifest.supplements?.capture}, which is not there as it was sealed. Someone may have tampered with it.`,
    "Compare the versions in the vault (they cannot be deleted), and treat this as audit log tampering.",
  );
}
