import type { CaptureReport } from "./capture.ts";

/** An ordinary capture with all that adds to it, and what the manifests together say is there. */
export interface ChainReport {
  /** The ordinary capture. */
  capture: string;
  /** What adds to it, directly or through another, oldest seal first. */
  supplements: string[];
  /** No gap, every source complete, and nothing that is still to come. */
  complete: boolean;
  /** The sources of which something is missing or still to come, and the capture that says so last. */
  open: { source: string; status: CaptureReport["sources"][number]["status"] | "missing"; in: string }[];
}

/** Puts sealed captures into chains. What adds to a capture that is not there begins one that is not complete. */
export function chainsOf(captures: readonly CaptureReport[]): ChainReport[] {
  const sealed = captures.filter((one) => one.sealed && one.complete !== null);
  const byName = new Map(sealed.map((one) => [one.capture, one]));
  const chains = Map.groupBy(sealed, (one) => beginningOf(one, byName));
  return [...chains].map(([first, members]) => {
    const ordered = members.toSorted((a, b) => sealTime(a) - sealTime(b));
    const added = ordered.filter((one) => one !== first);
    const open = openSources([first, ...added]);
    const complete = open.length === 0 && first.supplements === null;
    return { capture: first.capture, supplements: added.map(({ capture }) => capture), complete, open };
  });
}

function beginningOf(one: CaptureReport, byName: ReadonlyMap<string, CaptureReport>): CaptureReport {
  const seen = new Set<CaptureReport>();
  let first = one;
  while (!seen.has(first)) {
    seen.add(first);
    first = (first.supplements && byName.get(first.supplements.capture)) ?? first;
  }
  return first;
}

/** The newest that has a source says how complete it is. A source that was not asked for is had from nowhere. */
function openSources(chain: readonly CaptureReport[]): ChainReport["open"] {
  const newest = new Map(
    chain.flatMap(({ capture, sources }) => sources.map((source) => [source.source, { capture, source }])),
  );
  const unfinished = [...newest.values()].filter(
    ({ source: { status, pending = [] } }) => status !== "complete" || pending.length > 0,
  );
  const missing = chain.flatMap(({ capture, gaps }) =>
    gaps.filter(({ what }) => !newest.has(what)).map(({ what }) => ({ what, capture })),
  );
  return [
    ...unfinished.map(({ capture, source: { source, status } }) => ({ source, status, in: capture })),
    ...missing.map(({ what, capture }) => ({ source: what, status: "missing" as const, in: capture })),
  ];
}

function sealTime({ sealedAt }: CaptureReport): number {
  return Date.parse(sealedAt ?? "");
}
