import type { CaptureReport } from "./capture.ts";
import type { ChainReport } from "./chains.ts";
import type { Finding, Verdict } from "./finding.ts";
import type { IncidentReport } from "./incident.ts";

/** A report in plain words, for a terminal or a job's log. Names from the evidence are shown with nothing that acts. */

const NAMED_AT_MOST = 50;
const GAPS_AT_MOST = 20;

const VERDICTS: Record<Verdict, string> = {
  verified: "VERIFIED: everything is there, and is what was sealed",
  "not-verified": "NOT VERIFIED",
  "could-not-check": "COULD NOT BE CHECKED in full",
};

/** One incident's report as lines of text. */
export function reportLines(report: IncidentReport): string[] {
  const { incident, ledger, captures, chains, problems, unchecked, notes, checked } = report;
  return [
    `${incident}`,
    `  Ledger: ${plural(ledger.entries, "entry", "entries")}${ledger.head ? `, the newest of ${ledger.newestAt}, SHA-256 ${ledger.head}` : ""}`,
    ...captures.flatMap(captureLines),
    ...chains.flatMap(chainLines),
    `  Read and hashed: ${plural(checked.objects, "object")}, ${checked.bytes} bytes`,
    ...section("Problems", problems),
    ...section("Could not be checked", unchecked),
    ...section("Good to know", notes),
    `  ${VERDICTS[report.verdict]}${problems.length > 0 ? `: ${plural(problems.length, "problem")}` : ""}`,
  ].map(printable);
}

function captureLines(capture: CaptureReport): string[] {
  const { manifestSha256, sealedAt, items, bytes, gaps } = capture;
  if (!capture.sealed) return [`  Capture ${capture.capture}: not sealed`];
  return [
    `  Capture ${capture.capture}: sealed ${sealedAt ?? "at an unknown time"}, ${plural(items, "item")}, ${bytes} bytes, manifest SHA-256 ${manifestSha256}`,
    ...(capture.supplements ? [`    Adds to capture ${capture.supplements.capture}`] : []),
    `    ${howComplete(capture)}`,
    ...gaps.slice(0, GAPS_AT_MOST).map(({ what, why }) => `    missing: ${what}: ${why}`),
    ...more(gaps.length, GAPS_AT_MOST, "    "),
    ...capture.sources.flatMap(sourceLines),
  ];
}

/** What a supplementary capture says is about the sources that it was for; of the others its chain says how they are. */
function howComplete({ complete, supplements, sources }: CaptureReport): string {
  const own = supplements ? `, of what it was for (${sources.map(({ source }) => source).join(", ")})` : "";
  if (!complete) return `Incomplete${own}: what is missing is named below`;
  const later = sources.some(({ pending = [] }) => pending.length > 0);
  return later
    ? `Complete as far as it could be when it was sealed${own}: what comes later is named below`
    : `Complete${own}: nothing that was to be collected is missing`;
}

/** Of an ordinary capture that has been added to: how complete both are together. */
function chainLines({ capture, supplements, complete, open }: ChainReport): string[] {
  if (supplements.length === 0) return [];
  const named = open
    .slice(0, GAPS_AT_MOST)
    .map(({ source, status, in: by }) =>
      status === "complete"
        ? `${source} (something is still to come, by ${by})`
        : `${source} (${status === "missing" ? "not asked for" : STATUS[status]}, by ${by})`,
    );
  const rest = open.length > GAPS_AT_MOST ? [`and ${open.length - GAPS_AT_MOST} more`] : [];
  const state = complete
    ? "complete: nothing that was to be collected is missing"
    : `not complete: ${[...named, ...rest].join("; ") || "it adds to what is not here"}`;
  return [`  Capture ${capture} with what adds to it (${supplements.join(", ")}): ${state}`];
}

function sourceLines({
  source,
  status,
  expected,
  collected,
  gaps,
  pending = [],
}: CaptureReport["sources"][number]): string[] {
  const { counted, ...counts } = expected;
  const figures = Object.entries(counts).map(([name, count]) =>
    name in collected ? `${collected[name]} of ${count} ${name}` : `${count} ${name} expected`,
  );
  const how = counted === undefined ? "" : ` (counted by: ${counted})`;
  return [
    `    ${source}: ${[STATUS[status], ...figures].join(", ")}${how}`,
    ...gaps.slice(0, GAPS_AT_MOST).map(({ what, why }) => `      missing: ${what}: ${why}`),
    ...more(gaps.length, GAPS_AT_MOST, "      "),
    ...pending.slice(0, GAPS_AT_MOST).map(({ what, why }) => `      comes later: ${what}: ${why}`),
    ...more(pending.length, GAPS_AT_MOST, "      "),
  ];
}

const STATUS: Record<CaptureReport["sources"][number]["status"], string> = {
  complete: "complete",
  partial: "partly collected",
  requested: "asked for, not there yet",
  failed: "nothing could be collected",
};

function section(title: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  return [
    `  ${title}:`,
    ...findings.slice(0, NAMED_AT_MOST).map(({ code, message }) => `    [${code}] ${message}`),
    ...more(findings.length, NAMED_AT_MOST, "    "),
  ];
}

function more(count: number, limit: number, indent: string): string[] {
  return count > limit ? [`${indent}and ${count - limit} more (all of them with --json)`] : [];
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Evidence may hold names that an attacker chose: control and invisible characters are written out. */
function printable(line: string): string {
  return line.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}
