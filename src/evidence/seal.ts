import type { Clock } from "../ports.ts";
import { sha256 } from "../vault/digest.ts";
import { putOnce, type Vault } from "../vault/vault.ts";
import { type Manifest, manifestKey, manifestSchema, readManifest, type SealedCapture } from "./manifest.ts";
import { patiently } from "./patience.ts";

const ITEMS_A_PIECE = 1000;

/**
 * Seals a capture: writes its manifest, in one conditional PutObject. When another run has sealed it meanwhile, that
 * seal counts and is returned.
 */
export async function seal(vault: Vault, clock: Clock, manifest: Manifest): Promise<SealedCapture> {
  const { incident, capture } = manifest;
  const key = manifestKey(incident, capture);
  const bytes = renderManifest(manifest);
  const { created, object } = await patiently(clock, () =>
    putOnce(vault, key, bytes, { contentType: "application/json" }),
  );
  if (created) return { capture, manifest, key, versionId: object.versionId, sha256: sha256(bytes) };
  const other = await readManifest(vault, incident, capture);
  if (!other) throw new Error(`s3://${vault.bucket}/${key} is taken and cannot be read`);
  return other;
}

/** The manifest's bytes: JSON for people and machines, one line an item. @throws ZodError when it is no manifest. */
export function renderManifest(manifest: Manifest): Buffer {
  const { items, ...head } = manifest;
  manifestSchema.parse({ ...head, items: [] });
  const opening = JSON.stringify(head, null, 2).replace(/\n\}$/, "");
  // In pieces: with a hundred thousand items the whole would stand in memory several times over.
  const pieces = [Buffer.from(`${opening},\n  "items": [\n`)];
  for (let start = 0; start < items.length; start += ITEMS_A_PIECE) {
    const lines = items.slice(start, start + ITEMS_A_PIECE).map((item) => `    ${JSON.stringify(item)}`);
    const last = start + ITEMS_A_PIECE >= items.length;
    pieces.push(Buffer.from(`${lines.join(",\n")}${last ? "" : ","}\n`));
  }
  pieces.push(Buffer.from("  ]\n}\n"));
  return Buffer.concat(pieces);
}
