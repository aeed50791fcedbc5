import type { SealedCapture } from "../../../src/evidence/manifest.ts";
import type { Gap, ManifestSource, Pending } from "../../../src/evidence/source-schema.ts";
import { sha256 } from "../../../src/vault/digest.ts";
import { manifestOf } from "../../support/sealed.ts";

/** Sealed captures as the sweep sees them: what they say of their sources, when they were sealed, what they add to. */

export const START = Date.parse("2026-11-21T03:00:00.000Z");
export const HOUR_MS = 3_600_000;

export function at(hours: number): string {
  return new Date(START + hours * HOUR_MS).toISOString();
}

/** A source's record; with gaps it is partial. */
export function source(
  name: ManifestSource["source"],
  said: { status?: ManifestSource["status"]; gaps?: Gap[]; pending?: Pending[] } = {},
): ManifestSource {
  const { gaps = [], pending } = said;
  const record = {
    source: name,
    status: said.status ?? (gaps.length > 0 ? "partial" : "complete"),
    expected: {},
    collected: {},
    gaps,
    ...(pending ? { pending } : {}),
  };
  return record as unknown as ManifestSource;
}

export function pendingAt(expectedBy: string | null, what = "the last log file"): Pending {
  return { what, why: "not delivered yet", expectedBy };
}

export function captured(
  capture: string,
  hours: number,
  sources: ManifestSource[],
  more: { adds?: SealedCapture; windowEnd?: number } = {},
): SealedCapture {
  const { adds, windowEnd = adds ? 0 : hours } = more;
  const manifest = {
    ...manifestOf(0),
    capture,
    sealedAt: at(hours),
    window: { from: at(-24), to: at(windowEnd) },
    sources,
    ...(adds ? { supplements: { capture: adds.capture, manifestSha256: adds.sha256 } } : {}),
  };
  return {
    capture,
    manifest,
    key: `incidents/INC-42/captures/${capture}/manifest.json`,
    versionId: "v1",
    sha256: sha256(capture),
  };
}
