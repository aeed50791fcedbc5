import type { SealedCapture } from "../manifest.ts";
import type { Gap, SourceOf } from "../source-schema.ts";
import { VANISHED } from "../sources/audit-listing-again.ts";
import type { Finding } from "./finding.ts";

/** What the captures saw themselves, and their manifests say: it may not show in the bucket any more. */

/** What is wrong with a trail's file that only someone who changed, moved or deleted files can have caused. */
const CHANGED =
  /^(was changed|was deleted|was moved|is gone from|is not the file|missing: |stands in no digest|has no signature|has a signature that|is not signed by)/;

/**
 * What sealed captures say of tampering: records that vanished under the copy, delete markers, and files of the trail
 * that its digest chain does not vouch for.
 */
export function checkCaptured(captures: readonly SealedCapture[], bucket: string): Finding[] {
  const findings: Finding[] = [];
  for (const { capture, manifest } of captures) {
    for (const source of manifest.sources) {
      if (source.source === "audit-logs") findings.push(...recordFindings(capture, source, bucket));
      if (source.source === "cloudtrail") findings.push(...trailFindings(capture, source));
    }
  }
  return unique(findings);
}

function recordFindings(capture: string, source: SourceOf<"audit-logs">, bucket: string): Finding[] {
  const vanished = source.gaps.filter(({ why }) => why.includes(VANISHED));
  return [
    ...vanished.map(({ what }) =>
      tampered(what, `vanished from the bucket while capture ${capture} copied it`),
    ),
    ...source.deleteMarkers.map(({ key, versionId, at }) =>
      tampered(
        `s3://${bucket}/${key}`,
        `was deleted at ${at}: capture ${capture} found delete marker ${versionId}`,
      ),
    ),
  ];
}

function trailFindings(capture: string, { trail }: SourceOf<"cloudtrail">): Finding[] {
  if (trail?.verdict !== "invalid") return [];
  return trail.problems.map(({ what, why }: Gap) => ({
    weight: CHANGED.test(why) ? "tampered" : "unclear",
    what,
    why: `as capture ${capture} validated the trail ${trail.name}: ${why}`,
  }));
}

function tampered(what: string, why: string): Finding {
  return { weight: "tampered", what, why };
}

/** The same thing once, as the newest capture has it, and no less grave than any has it. */
function unique(findings: readonly Finding[]): Finding[] {
  const grave = (finding: Finding) => `${finding.weight} ${finding.what}`;
  const known = new Map<string, Finding>();
  for (const finding of findings) if (!known.has(grave(finding))) known.set(grave(finding), finding);
  return [...known.values()].filter(
    ({ weight, what }) => weight === "tampered" || !known.has(`tampered ${what}`),
  );
}
