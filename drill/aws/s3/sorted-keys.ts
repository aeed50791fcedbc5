/** The keys of a bucket in S3's order, built for listing page by page among hundreds of thousands. */

const CHUNK_LIMIT = 1024;

/** A sorted set of keys in UTF-8 binary order, kept as a list of short sorted chunks. */
export class SortedKeys {
  readonly #chunks: string[][] = [];

  /** Adds a key; a key that is there already stays once. */
  add(key: string): void {
    const chunkIndex = Math.max(0, this.#chunkAfter((first) => compareKeys(first, key) > 0) - 1);
    const chunk = this.#chunks[chunkIndex];
    if (!chunk) {
      this.#chunks.push([key]);
      return;
    }
    const index = firstIndex(chunk, (other) => compareKeys(other, key) >= 0);
    if (chunk[index] === key) return;
    chunk.splice(index, 0, key);
    if (chunk.length > CHUNK_LIMIT) this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(CHUNK_LIMIT / 2));
  }

  delete(key: string): void {
    const chunkIndex = this.#chunkAfter((first) => compareKeys(first, key) > 0) - 1;
    const chunk = this.#chunks[chunkIndex];
    const index = chunk ? firstIndex(chunk, (other) => compareKeys(other, key) >= 0) : 0;
    if (chunk?.[index] !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1);
  }

  /** The first key for which `reached` holds; it must hold for every later key too. */
  first(reached: (key: string) => boolean): string | undefined {
    return this.from(reached).next().value;
  }

  /** The keys from the first for which `reached` holds; it must hold for every later key too. */
  *from(reached: (key: string) => boolean): Generator<string, undefined> {
    const start = Math.max(0, this.#chunkAfter(reached) - 1);
    for (let chunkIndex = start; chunkIndex < this.#chunks.length; chunkIndex++) {
      const chunk = this.#chunks[chunkIndex] ?? [];
      const begin = chunkIndex === start ? firstIndex(chunk, reached) : 0;
      for (let index = begin; index < chunk.length; index++) yield chunk[index] ?? "";
    }
  }

  /** The index of the first chunk whose first key has the property. */
  #chunkAfter(reached: (key: string) => boolean): number {
    return firstIndex(this.#chunks, (chunk) => reached(chunk[0] ?? ""));
  }
}

/**
 * S3 lists keys in UTF-8 binary order. JavaScript compares UTF-16 units, which differs where surrogates meet the
 * units above them: moving those two ranges past each other mends it.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

function firstIndex<T>(list: readonly T[], reached: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
