import { createHash } from "node:crypto";

const FIRST = 1024;

/**
 * A set of texts in eight bytes each, for what there is one of for every object: ten million are 80 MB. Two texts are
 * taken for the same with a chance of about n² / 2⁶⁵; use it where that can be noticed.
 */
export class DigestSet {
  #digests = new BigUint64Array(FIRST);
  #size = 0;
  #sorted = true;

  get size(): number {
    return this.#size;
  }

  add(text: string): void {
    if (this.#size === this.#digests.length) {
      const larger = new BigUint64Array(this.#size * 2);
      larger.set(this.#digests);
      this.#digests = larger;
    }
    this.#digests[this.#size] = digest(text);
    this.#size += 1;
    this.#sorted = false;
  }

  has(text: string): boolean {
    if (!this.#sorted) this.#digests.subarray(0, this.#size).sort();
    this.#sorted = true;
    const wanted = digest(text);
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#digests[middle] ?? 0n) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#digests[low] === wanted;
  }
}

function digest(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64BE(0);
}
