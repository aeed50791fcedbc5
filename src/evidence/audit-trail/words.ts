import { codeSpan } from "../../incident/markdown.ts";
import type { AuditTrailReport } from "./check.ts";
import type { Finding, Verdict } from "./finding.ts";

const MEANING: Readonly<Record<Verdict, string>> = {
  intact: "nothing shows that the audit records or their protection were changed",
  tampered: "the audit records, or what protects or records them, were changed",
  unclear: "not everything could be checked, so nobody can say that the records are intact",
};

const WEIGHTS: Readonly<Record<Finding["weight"], string>> = {
  tampered: "**tampered**",
  unclear: "unclear",
  attempt: "refused attempt",
  note: "note",
};

/** The report in Markdown, for the issue and the job summary. @param most findings that are shown. */
export function reportMarkdown(bucket: string, report: AuditTrailReport, most: number): string {
  const { verdict, policyChanged, findings, capture, window } = report;
  const left = findings.length - most;
  return [
    `**Audit trail ${verdict}:** ${MEANING[verdict]}.`,
    "",
    `${codeSpan(`s3://${bucket}`)}, from ${window.from.toISOString()} to ${window.to.toISOString()}, compared with ${capture === null ? "no capture" : `capture ${codeSpan(capture)}`}.`,
    ...(policyChanged
      ? [
          "",
          "The bucket policy was changed, or is not what it should be: the runbook asks for severity Critical.",
        ]
      : []),
    "",
    "| | What | Finding |",
    "| --- | --- | --- |",
    ...findings
      .slice(0, most)
      .map(
        ({ weight, what, why }) => `| ${WEIGHTS[weight]} | ${codeSpan(what, 300)} | ${codeSpan(why, 1200)} |`,
      ),
    ...(left > 0 ? [`| | | and ${left} more |`] : []),
  ].join("\n");
}
