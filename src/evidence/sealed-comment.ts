import type { EntryData } from "../incident/entries.ts";
import { codeSpan } from "../incident/markdown.ts";
import { INDEX_PAGE } from "./index-page/write.ts";
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
  const page = manifest.items.find(({ origin }) => origin.uri === INDEX_PAGE);
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
    `**Evidence ${manifest.supplements ? "added" : "sealed"}${howComplete(manifest)}:** capture ${capture} of ${manifest.incident}`,
    ...(manifest.supplements
      ? [
          "",
          `It adds to capture ${codeSpan(manifest.supplements.capture)}, for the same window: ${manifest.window.from} to ${manifest.window.to}.`,
        ]
      : []),
    "",
    "| source | status | items | bytes | gaps |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows,
    "",
    `Manifest: ${codeSpan(`s3://${bucket}/${key}`, 1200)}`,
    `Version: ${codeSpan(versionId ?? "none")}`,
    `SHA-256: ${codeSpan(sha256)}`,
    `Label: ${codeSpan(manifest.label.sha256)}`,
    ...(page ? [`Index page: ${codeSpan(`s3://${bucket}/${page.key}`, 1200)}`] : []),
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

/** Nothing when it is complete; where only others have yet to deliver, what was asked for. */
function howComplete({ complete, gaps = [], sources }: SealedCapture["manifest"]): string {
  if (complete) return "";
  const requested = sources.filter(({ status }) => status === "requested").map(({ source }) => source);
  const rest = sources.some(({ status }) => status !== "complete" && status !== "requested");
  return requested.length === 0 || rest || gaps.length > 0
    ? ", incomplete"
    : `, complete but for what is requested (${requested.join(", ")})`;
}
