import { codeSpan } from "../incident/markdown.ts";
import type { ManifestItem, SealedCapture } from "./manifest.ts";
import { count } from "./progress.ts";

const GAPS_SHOWN = 30;

/** The comment, and the job summary, for a sealed capture: what was preserved, how complete, and how to check it. */
export function sealedComment(
  bucket: string,
  { capture, manifest, key, versionId, sha256 }: SealedCapture,
): string {
  const bytesOf = (items: readonly ManifestItem[]) => items.reduce((sum, { size }) => sum + size, 0);
  const rows = manifest.sources.map(({ source, status, gaps }) => {
    const items = manifest.items.filter((item) => item.source === source);
    return `| ${source} | ${status} | ${count(items.length)} | ${count(bytesOf(items))} | ${count(gaps.length)} |`;
  });
  const gaps = manifest.sources.flatMap(({ gaps }) => gaps);
  return [
    `**Evidence sealed${manifest.complete ? "" : ", incomplete"}:** capture ${capture} of ${manifest.incident}`,
    "",
    "| source | status | items | bytes | gaps |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows,
    "",
    `Manifest: ${codeSpan(`s3://${bucket}/${key}`, 1200)}`,
    `Version: ${codeSpan(versionId ?? "none")}`,
    `SHA-256: ${codeSpan(sha256)}`,
    `Label: ${codeSpan(manifest.label.sha256)}`,
    ...(gaps.length === 0
      ? []
      : [
          "",
          "Gaps:",
          ...gaps.slice(0, GAPS_SHOWN).map(({ what, why }) => `- ${codeSpan(what)}: ${codeSpan(why)}`),
        ]),
    ...(gaps.length > GAPS_SHOWN
      ? [`- and ${count(gaps.length - GAPS_SHOWN)} more, by name in the manifest`]
      : []),
  ].join("\n");
}
