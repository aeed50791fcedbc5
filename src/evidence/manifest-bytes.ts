import { createHash } from "node:crypto";
import { ItemList, type ManifestItems } from "./item-list.ts";
import { type CaptureManifest, manifestSchema } from "./manifest.ts";

const PIECE_CHARACTERS = 64 * 1024;

/**
 * The manifest's bytes, piece by piece: JSON for people and machines, one line an item. With a hundred thousand items
 * the whole would stand in memory several times over. The same manifest always gives the same bytes.
 * @throws ZodError when it is no manifest, at the first piece.
 */
export function* manifestBytes(manifest: CaptureManifest): Generator<Buffer> {
  const { items, ...head } = manifest;
  manifestSchema.parse({ ...head, items: [] });
  const opening = JSON.stringify(head, null, 2).replace(/\n\}$/, "");
  let piece = `${opening},\n  "items": [`;
  let separator = "\n";
  for (const line of linesOf(items)) {
    piece += `${separator}    ${line}`;
    separator = ",\n";
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  yield Buffer.from(`${piece}\n  ]\n}\n`);
}

/** How long the bytes are, and their SHA-256 in hexadecimal. */
export function measureBytes(pieces: Iterable<Buffer>): { length: number; sha256: string } {
  const hash = createHash("sha256");
  let length = 0;
  for (const piece of pieces) {
    hash.update(piece);
    length += piece.byteLength;
  }
  return { length, sha256: hash.digest("hex") };
}

function* linesOf(items: ManifestItems): Generator<string> {
  if (items instanceof ItemList) yield* items.lines();
  else for (const item of items) yield JSON.stringify(item);
}
