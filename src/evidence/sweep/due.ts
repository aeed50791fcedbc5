import type { SealedCapture } from "../manifest.ts";
import type { Gap, ManifestSource } from "../source-schema.ts";
import { type Chain, newestOf, sourcesOf } from "./chain.ts";

/**
 * What the sweep has to do, decided from sealed manifests, open requests and the time alone.
 *
 * A source of a chain is final when the newest capture that tried it holds it complete, with nothing pending and no
 * service still at work on it; or when its deadline has passed and one last try that was sealed after it did not
 * complete it. A try that could not be sealed was none: the source stays open, and the next sweep tries again.
 *
 * It is collected again once something that was pending can be expected. What failed, is missing or cannot be foretold
 * is tried in growing intervals: as long after the last try as that came after the first seal, half an hour at the
 * least; so a gap that nothing can mend costs seven captures in a day and not twenty-four. What a person was asked for
 * (`requested`) is not collected at all; only its deadline is watched.
 *
 * A later ordinary capture begins a chain of its own. Where the newer chain's window contains the older one's, the
 * older has no gap in a source, and the newer holds it complete but for what is pending, that source is left to the
 * newer: what comes late for the one comes late for the other, and it is fetched once. A gap is the older chain's own:
 * what was there to see then, the newer capture may never have seen.
 */

const SHORTEST_PAUSE_MS = 30 * 60_000;

export interface Judged {
  source: string;
  chain: Chain;
  state: "complete" | "expired" | "collect" | "wait";
  /** The capture that brought the source to where it is. */
  by: SealedCapture;
  until: Date;
  /** What is not there, by name: gaps, and what is still to come. */
  missing: Gap[];
}

export interface Circumstances {
  now: Date;
  deadline: (source: string, sealedAt: string) => Date;
  /** Sources that a service still works for, by ordinary capture and source. */
  atWork: (chain: Chain, source: string) => boolean;
  /** Whether this very run has tried already, and sealed or not: it does not try again. */
  tried: (chain: Chain) => boolean;
}

/** Judges every source of every chain, in the order of the chains, which is that of their beginnings. */
export function judge(chains: readonly Chain[], circumstances: Circumstances): Judged[] {
  let judged: Judged[] = [];
  // The newest first: older ones may be left to it.
  for (const [index, chain] of [...chains.entries()].toReversed()) {
    const own = sourcesOf(chain).map((source) => {
      const newer = chains.slice(index + 1).findLast((other) => serves(other, chain, source));
      const there = judged.find((one) => one.chain === newer && one.source === source);
      return there ? left(chain, there) : alone(chain, source, circumstances);
    });
    judged = [...own, ...judged];
  }
  return judged;
}

function alone(chain: Chain, source: string, circumstances: Circumstances): Judged {
  const { now } = circumstances;
  const newest = newestOf(chain, source);
  if (!newest) throw new Error(`the chain of ${chain.first.capture} has no ${source}`);
  const { record } = newest;
  const until = circumstances.deadline(source, chain.first.manifest.sealedAt);
  const common = { source, chain, by: newest.in, until, missing: missingOf(record) };
  const atWork = circumstances.atWork(chain, source);
  if (record.status === "complete" && (record.pending ?? []).length === 0 && !atWork)
    return { ...common, state: "complete" };
  const lastTry = Date.parse(newest.in.manifest.sealedAt);
  if (now >= until) {
    if (record.status === "requested" || lastTry >= until.getTime()) return { ...common, state: "expired" };
    return { ...common, state: circumstances.tried(chain) ? "wait" : "collect" };
  }
  if (record.status === "requested" || circumstances.tried(chain)) return { ...common, state: "wait" };
  const due = dueAt(record, lastTry, Date.parse(chain.first.manifest.sealedAt), atWork);
  return { ...common, state: now.getTime() >= due ? "collect" : "wait" };
}

/** When trying again makes sense. */
function dueAt(
  { gaps, pending = [] }: ManifestSource,
  lastTry: number,
  firstSeal: number,
  atWork: boolean,
): number {
  const expected = pending.map(({ expectedBy }) => (expectedBy === null ? null : Date.parse(expectedBy)));
  const foretold = expected.filter((time) => time !== null && time > lastTry) as number[];
  const uncertain = gaps.length > 0 || atWork || foretold.length < expected.length;
  const again = lastTry + Math.max(lastTry - firstSeal, SHORTEST_PAUSE_MS);
  return Math.min(...foretold, ...(uncertain || foretold.length === 0 ? [again] : []));
}

function missingOf({ source, status, gaps, pending = [] }: ManifestSource): Gap[] {
  const named = [...gaps, ...pending].map(({ what, why }) => ({ what, why }));
  return named.length > 0 || status === "complete" ? named : [{ what: source, why: `it is ${status}` }];
}

/** Whether the newer chain has of this source all that the older has, and what is late as soon as it comes. */
function serves(newer: Chain, older: Chain, source: string): boolean {
  const [inner, outer] = [older, newer].map(({ first }) => ({
    from: Date.parse(first.manifest.window.from),
    to: Date.parse(first.manifest.window.to),
  }));
  const contains = inner && outer && outer.from <= inner.from && outer.to >= inner.to;
  if (!contains || newestOf(older, source)?.record.gaps.length !== 0) return false;
  return newestOf(newer, source)?.record.status === "complete";
}

/** As the newer chain has it; nothing is collected for the older one. */
function left(chain: Chain, { source, state, by, until, missing }: Judged): Judged {
  return { source, chain, by, until, missing, state: state === "collect" ? "wait" : state };
}
