import { localDay } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { LedgerEntry } from "./entries.ts";
import { codeBlock, codeSpan, escapeMarkdown, jsonComment, plainTitle } from "./markdown.ts";
import { rootCauses } from "./root-cause.ts";
import { factsOf, ofKind } from "./state.ts";
import { timelineTable } from "./timeline.ts";

/** The comment that tells an incident's review issue from all others. */
export function reviewMarker(incident: string): string {
  return jsonComment("firebreak:review", { incident });
}

export function reviewTitle(incident: string, entries: readonly LedgerEntry[]): string {
  return `Review of ${incident}: ${plainTitle(factsOf(entries).summary, 200)}`;
}

/** The review issue: all that the ledger knows, and the runbook's columns for people to fill in. Pure. */
export function renderReview(
  incident: string,
  number: number,
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  due: string,
): string {
  const facts = factsOf(entries);
  const causes = rootCauses(entries);
  const prefilled: Record<string, string> = {
    [runbook.review.columns[0] ?? ""]: localDay(new Date(facts.detectedAt), runbook.time_zone),
    [runbook.review.columns[1] ?? ""]: codeSpan(facts.summary),
    [runbook.review.columns[2] ?? ""]: runbook.severities[facts.severity].name,
    ...(causes.length === 0
      ? {}
      : { [runbook.review.columns[3] ?? ""]: causes.map((cause) => codeBlock(cause, 4_000)).join("\n\n") }),
  };
  const fields = runbook.review.columns.flatMap((column) => [
    `### ${escapeMarkdown(column)}`,
    prefilled[column] ?? "_To be written._",
    "",
  ]);
  return [
    reviewMarker(incident),
    `Review of incident #${number}, due **${due}** (${runbook.review.business_days} business days). Its record goes to \`${runbook.review.folder}\`.`,
    "",
    ...fields,
    "## Timeline from the ledger",
    timelineTable(entries, 120),
    "",
    "## Evidence",
    evidenceTable(entries),
    "",
    "## What changed",
    changesTable(entries),
  ].join("\n");
}

function evidenceTable(entries: readonly LedgerEntry[]): string {
  const captures = ofKind(entries, "capture-sealed");
  if (captures.length === 0) return "No capture was sealed.";
  return [
    "| Capture | Sealed (UTC) | Complete | Items | Bytes | Manifest SHA-256 |",
    "|---|---|---|--:|--:|---|",
    ...captures.map(
      ({ at, data }) =>
        `| ${codeSpan(data.capture)} | ${at.slice(0, 19).replace("T", " ")} | ${data.complete ? "yes" : "**no**"} | ${data.items} | ${data.bytes} | ${codeSpan(data.manifestSha256)} |`,
    ),
  ].join("\n");
}

function changesTable(entries: readonly LedgerEntry[]): string {
  const changes = ofKind(entries, "change-made");
  if (changes.length === 0) return "Nothing was changed automatically.";
  return [
    "| When (UTC) | What | Target |",
    "|---|---|---|",
    ...changes.map(
      ({ at, data }) =>
        `| ${at.slice(0, 19).replace("T", " ")} | ${codeSpan(data.step)} | ${codeSpan(data.target)} |`,
    ),
  ].join("\n");
}
