import type { GatePass } from "../gate/gate.ts";
import { codeSpan, escapeMarkdown } from "../incident/markdown.ts";

/** What was done, as a table for the comment and the job summary. */
export function outcomeMarkdown(title: string, rows: readonly (readonly [string, string])[]): string {
  return [
    `### ${escapeMarkdown(title)}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${escapeMarkdown(name)} | ${codeSpan(value, 1_000)} |`),
    "",
  ].join("\n");
}

/** When it was done and by whose approval. */
export function approvalRows({
  approvals,
  capture,
}: Pick<GatePass, "approvals" | "capture">): [string, string][] {
  return [
    ["Approved by", approvals.map(({ login }) => login).join(", ")],
    ["Evidence", capture ? `capture ${capture.capture}` : "none that covers it: the glass was broken"],
  ];
}
