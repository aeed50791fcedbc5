import type { EntryData } from "../incident/entries.ts";
import { codeSpan } from "../incident/markdown.ts";
import { tallyBySource } from "./item-list.ts";
import type { SealedCapture } from "./manifest.ts";
import { count } from "./progress.ts";
import { weaknesses } from "./vault-protection.ts";

const GAPS_SHOWN = 30;

/** The comment, and the job summary, for a sealed capture: what was preserved, how complete, and how to check it. */
export function sealedComment(
  bucket: string,
  { capture, manifest, key, versionId, sha256 }: SealedCapture,
  signed: EntryData<"capture-signed"> | undefined,
): string {
  const tallyOf = tallyBySource(manifest.items);
  const rows = manifest.sources.map(({ source, status, gaps }) => {
    const { items, bytes } = tallyOf(source);
    return `| ${source} | ${status} | ${count(items)} | ${count(bytes)} | ${count(gaps.length)} |`;
  });
  const gaps = [
    ...(manifest.gaps ?? []),
    ...manifest.sources.flatMap(({ gaps }) => gaps),
    ...(signed?.gaps ?? []),
  ];
  const pending = manifest.sources.flatMap((entry) => entry.pending ?? []);
  const weak = manifest.vaultProtection ? weaknesses(bucket, manifest.vaultProtection) : [];
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
    ...(signed?.signature
      ? [`Signed with: ${codeSpan(signed.signature.keyArn, 300)} (${codeSpan(signed.signature.algorithm)})`]
      : []),
    ...(signed?.timestamp
      ? [`Time-stamped: ${signed.timestamp.at} by ${codeSpan(signed.timestamp.authority, 300)}`]
      : []),
    ...(weak.length === 0 ? [] : ["", ...weak.map((weakness) => `**Warning:** ${codeSpan(weakness)}`)]),
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
    ...(pending.length === 0
      ? []
      : [
          "",
          "Still to come, for a later capture:",
          ...pending
            .slice(0, GAPS_SHOWN)
            .map(
              ({ what, expectedBy }) =>
                `- ${codeSpan(what)}${expectedBy === null ? "" : `, by ${expectedBy}`}`,
            ),
        ]),
    ...(pending.length > GAPS_SHOWN
      ? [`- and ${count(pending.length - GAPS_SHOWN)} more, by name in the manifest`]
      : []),
  ].join("\n");
}
