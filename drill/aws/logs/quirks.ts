/** The page sizes of CloudWatch Logs: empty and half-full pages come now and then, though more events follow. */
import type { Random } from "../../random.ts";
import type { Place } from "./tokens.ts";

export interface PageQuirks {
  /** Chance that a page is empty and hands out a fresh token, 0 to 1. */
  emptyPageRate: number;
  /** Chance that a page ends early, 0 to 1. */
  partialPageRate: number;
}

/** At most this many empty pages follow each other at one place, so that reading always ends. */
const MOST_EMPTY_PAGES = 2;

/**
 * How many events the page at a place may hold: 0 for an empty page, else 1 to `limit`. The same seed, place and
 * limit always give the same answer, so that a repeated request gets the same page.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function pageCapacity(quirks: PageQuirks, random: Random, place: Place, limit: number): number {
  const { timestamp, stream, sequence, nonce } = place;
  const dice = random.fork(`${timestamp}/${stream}/${sequence}/${nonce}`);
  if (nonce < MOST_EMPTY_PAGES && dice.next() < quirks.emptyPageRate) return 0;
  if (dice.next() < quirks.partialPageRate) return dice.integer(1, limit);
  return limit;
}
