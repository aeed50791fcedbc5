import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/**
 * A salted fingerprint of a secret: enough to tell later whether two values are the same, nothing to get a value from.
 * scrypt makes guessing slow (RFC 7914).
 */
export interface Fingerprint {
  algorithm: string;
  /** Hexadecimal. */
  salt: string;
  /** Hexadecimal. */
  value: string;
}

const ALGORITHM = "scrypt-n16384-r8-p1-32";
const SETTINGS = { N: 16_384, r: 8, p: 1 } as const;
const LENGTH = 32;

/** 16 random bytes, in hexadecimal. */
export function newSalt(): string {
  return randomBytes(16).toString("hex");
}

/** The fingerprint of `value` under `salt` (hexadecimal): the same two give the same fingerprint, anywhere. */
export function fingerprint(value: string, salt: string): Fingerprint {
  const derived = scryptSync(value, Buffer.from(salt, "hex"), LENGTH, SETTINGS);
  return { algorithm: ALGORITHM, salt, value: derived.toString("hex") };
}

/** Fingerprints under one salt: equal values get equal ones, and each is derived once. */
export class Fingerprints {
  readonly #salt = newSalt();
  readonly #known = new Map<string, Fingerprint>();

  of(value: string): Fingerprint {
    const print = this.#known.get(value) ?? fingerprint(value, this.#salt);
    this.#known.set(value, print);
    return print;
  }
}

/** Whether `value` is what was fingerprinted. @throws Error for an algorithm that this version does not know. */
export function matchesFingerprint(value: string, documented: Fingerprint): boolean {
  if (documented.algorithm !== ALGORITHM)
    throw new Error(`unknown fingerprint algorithm ${documented.algorithm}`);
  const [mine, theirs] = [fingerprint(value, documented.salt).value, documented.value].map((hex) =>
    Buffer.from(hex, "hex"),
  );
  return (
    mine !== undefined &&
    theirs !== undefined &&
    mine.length === theirs.length &&
    timingSafeEqual(mine, theirs)
  );
}
