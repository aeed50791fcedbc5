import type { CaptureManifest } from "../../src/evidence/manifest.ts";
import { manifestBytes } from "../../src/evidence/manifest-bytes.ts";

/** A manifest's bytes as they are sealed, in one piece. */
export function renderManifest(manifest: CaptureManifest): Buffer {
  return Buffer.concat([...manifestBytes(manifest)]);
}
