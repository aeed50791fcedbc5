import { createHash } from "node:crypto";

/**
 * Merkle trees from the verifier's side, RFC 9162 section 2.1: SHA-256, leaves prefixed with 0x00, inner nodes with
 * 0x01. Written apart from the collector's, and in another way, so that one cannot repeat the other's mistake.
 */

export interface InclusionProof {
  /** The leaf's text. */
  leaf: string;
  /** Counted from 0. */
  index: number;
  treeSize: number;
  /** Hexadecimal, from the leaf up. */
  hashes: string[];
}

/** The root over some leaves, hexadecimal; a stack of complete subtrees, as a binary counter carries. */
export function merkleRootOf(leaves: Iterable<string>): string {
  const stack: { height: number; hash: Buffer }[] = [];
  for (const leaf of leaves) {
    let node = { height: 0, hash: digest(0, Buffer.from(leaf, "utf8")) };
    for (let left = stack.at(-1); left?.height === node.height; left = stack.at(-1)) {
      stack.pop();
      node = { height: node.height + 1, hash: digest(1, left.hash, node.hash) };
    }
    stack.push(node);
  }
  let root = stack.pop()?.hash ?? createHash("sha256").digest();
  for (let left = stack.pop(); left; left = stack.pop()) root = digest(1, left.hash, root);
  return root.toString("hex");
}

/** Whether a proof leads from its leaf to `root`, as RFC 9162 section 2.1.3.2 checks it. */
export function includes(root: string, proof: InclusionProof): boolean {
  const { leaf, index, treeSize, hashes } = proof;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(treeSize) || index < 0 || index >= treeSize)
    return false;
  let [at, last] = [index, treeSize - 1];
  let hash = digest(0, Buffer.from(leaf, "utf8"));
  for (const text of hashes) {
    if (last === 0 || !/^[0-9a-f]{64}$/.test(text)) return false;
    const sibling = Buffer.from(text, "hex");
    if (at % 2 === 1 || at === last) {
      hash = digest(1, sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      hash = digest(1, hash, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.toString("hex") === root;
}

function digest(prefix: 0 | 1, ...parts: Buffer[]): Buffer {
  return createHash("sha256")
    .update(Buffer.concat([Buffer.from([prefix]), ...parts]))
    .digest();
}
