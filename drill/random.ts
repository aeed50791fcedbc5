/** Seeded randomness: the same seed gives the same numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform among the whole numbers from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of the list; throws RangeError when it is empty. */
  pick<T>(list: readonly T[]): T;
  /** `length` random lower-case hexadecimal digits. */
  hex(length: number): string;
  /** An independent stream that depends only on this seed and the label, not on how much was drawn. */
  fork(label: string): Random;
}

/** A generator from a whole-number seed (mulberry32: not for secrets, good enough for drills). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    integer,
    pick: (list) => {
      if (list.length === 0) throw new RangeError("cannot pick from an empty list");
      return list[integer(0, list.length - 1)] as (typeof list)[number];
    },
    hex: (length) => Array.from({ length }, () => integer(0, 15).toString(16)).join(""),
    fork: (label) => createRandom(hashLabel(seed, label)),
  };
}

/** FNV-1a over the label, started from the seed. */
function hashLabel(seed: number, label: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (const character of label) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
