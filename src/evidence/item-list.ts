import type { ManifestItem } from "./source-schema.ts";
import { Spool } from "./spool.ts";

/** A capture's items, to look through: an array, or a list that stands on the disk. */
export interface ManifestItems extends Iterable<ManifestItem> {
  readonly length: number;
  filter(keep: (item: ManifestItem) => unknown): ManifestItem[];
  find(wanted: (item: ManifestItem) => unknown): ManifestItem | undefined;
  map<Result>(change: (item: ManifestItem) => Result): Result[];
  reduce<Result>(fold: (result: Result, item: ManifestItem) => Result, start: Result): Result;
}

/** How many items, and how many bytes they have in all. */
export interface Tally {
  items: number;
  bytes: number;
}

/**
 * Items outside the memory, each as the JSON line that it will be in the manifest. Whoever goes through the list has
 * one of them at a time.
 */
export class ItemList implements ManifestItems {
  readonly #spool = new Spool();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: ManifestItem): void {
    this.#spool.push(JSON.stringify(item));
    this.#length += 1;
  }

  /** The items as JSON, in the order in which they were pushed. */
  lines(): Iterable<string> {
    return this.#spool.lines();
  }

  *[Symbol.iterator](): Generator<ManifestItem> {
    for (const line of this.#spool.lines()) yield JSON.parse(line) as ManifestItem;
  }

  filter(keep: (item: ManifestItem) => unknown): ManifestItem[] {
    const kept: ManifestItem[] = [];
    for (const item of this) if (keep(item)) kept.push(item);
    return kept;
  }

  find(wanted: (item: ManifestItem) => unknown): ManifestItem | undefined {
    for (const item of this) if (wanted(item)) return item;
    return undefined;
  }

  map<Result>(change: (item: ManifestItem) => Result): Result[] {
    const changed: Result[] = [];
    for (const item of this) changed.push(change(item));
    return changed;
  }

  reduce<Result>(fold: (result: Result, item: ManifestItem) => Result, start: Result): Result {
    let result = start;
    for (const item of this) result = fold(result, item);
    return result;
  }

  /** As an array is written, so that a manifest with this list is JSON like any other. */
  toJSON(): ManifestItem[] {
    return [...this];
  }
}

/** What there is of every source, in one pass. */
export function tallyBySource(items: Iterable<ManifestItem>): (source: string) => Tally {
  const tallies = new Map<string, Tally>();
  for (const { source, size } of items) {
    const tally = tallies.get(source) ?? { items: 0, bytes: 0 };
    tallies.set(source, { items: tally.items + 1, bytes: tally.bytes + size });
  }
  return (source) => tallies.get(source) ?? { items: 0, bytes: 0 };
}
