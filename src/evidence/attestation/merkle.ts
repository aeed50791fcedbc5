import { createHash } from "node:crypto";

/**
 * A Merkle tree as RFC 9162 (before it, RFC 6962) section 2.1 has it: leaves are hashed with the prefix 0x00, inner
 * nodes with 0x01, and a tree of n leaves splits at the largest power of two below n. All hashes are SHA-256, in
 * lower-case hexadecimal where they leave this file.
 */

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** That a leaf is in a tree: the hashes of its siblings, from the leaf up to the root. */
export interface InclusionProof {
  /** Counted from 0. */
  index: number;
  treeSize: number;
  hashes: string[];
}

/** The root over some leaves; over none it is the SHA-256 of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  return rootOf(leaves.map(hashLeaf)).toString("hex");
}

/** The proof for the leaf at `index`. @throws RangeError when there is no such leaf. */
export function proveInclusion(leaves: readonly string[], index: number): InclusionProof {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`there is no leaf ${index} among ${leaves.length}`);
  const hashes: Buffer[] = [];
  let [level, at] = [leaves.map(hashLeaf), index];
  while (level.length > 1) {
    const split = splitAt(level.length);
    const inLeft = at < split;
    hashes.unshift(rootOf(inLeft ? level.slice(split) : level.slice(0, split)));
    level = inLeft ? level.slice(0, split) : level.slice(split);
    at = inLeft ? at : at - split;
  }
  return { index, treeSize: leaves.length, hashes: hashes.map((hash) => hash.toString("hex")) };
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return createHash("sha256").digest();
  if (hashes.length === 1) return only;
  const split = splitAt(hashes.length);
  const [left, right] = [rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split))];
  return createHash("sha256").update(NODE).update(left).update(right).digest();
}

function hashLeaf(leaf: string): Buffer {
  return createHash("sha256").update(LEAF).update(leaf, "utf8").digest();
}

/** The largest power of two below `count`. */
function splitAt(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}
