import { codeSpan } from "../../incident/markdown.ts";
import type { Outcome } from "./record-review.ts";

/** The job's summary. */
export function outcomeTable(
  done: readonly { incident: string; outcome: Outcome }[],
  dryRun: boolean,
): string {
  const title = dryRun ? "## Dry run: nothing is recorded" : "## Records of reviews";
  if (done.length === 0) return `${title}\n\nThere was nothing to do.\n`;
  const rows = done.map(({ incident, outcome }) => {
    const missing = outcome.missing.map((one) => `<br>${codeSpan(one, 400)}`).join("");
    return `| ${incident} | ${outcome.words}${missing} |`;
  });
  return [title, "", "| Incident | |", "|---|---|", ...rows, ""].join("\n");
}
