/** `index.html`: a drill on one self-contained page, without any script. */
import type { CallRecord } from "../contracts.ts";
import type { IssueReport } from "../github/state.ts";
import type { Message } from "../messages.ts";
import { isChanging } from "./changing.ts";
import type { IncidentEvidence } from "./evidence.ts";
import { renderEvidence } from "./evidence-view.ts";
import { Html, html } from "./html.ts";
import { renderIssues } from "./issue-view.ts";
import { renderMessages } from "./messages-view.ts";
import type { DrillReport } from "./model.ts";
import {
  renderApprovals,
  renderChanges,
  renderHead,
  renderJobs,
  renderRecords,
  renderRefusals,
} from "./outcome-view.ts";
import { STYLE } from "./style.ts";
import { renderTimeline } from "./timeline.ts";

export interface PageData {
  report: DrillReport;
  calls: readonly CallRecord[];
  issues: readonly IssueReport[];
  evidence: readonly IncidentEvidence[];
  messages: readonly Message[];
  /** Base URL of the simulated github.com: links to it become links within the page. */
  serverUrl: string;
}

/** The whole page. Whatever came from outside is escaped or, in Markdown, reduced to plain markup. */
export function renderPage({ report, calls, issues, evidence, messages, serverUrl }: PageData): string {
  const items = evidence.flatMap(({ captures }) => captures.flatMap((capture) => capture.items)).length;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>Drill: ${report.scenario.name}</title>
<style>${new Html(STYLE)}</style>
</head>
<body><main>
${renderHead(report, calls.length, items)}
${renderRefusals(report)}
<h2>Timeline</h2>
${renderTimeline(report, calls, evidence)}
<h2>What was contained</h2>
${renderChanges(report, evidence)}
<h2>Approvals</h2>
${renderApprovals(report)}
<h2>The issue</h2>
${renderIssues(issues, serverUrl)}
${renderRecords(report)}
<h2>Who was told</h2>
${renderMessages(messages)}
<h2>Evidence</h2>
${renderEvidence(evidence)}
<h2>Jobs</h2>
${renderJobs(report)}
<h2>Calls</h2>
${renderCalls(calls)}
<footer>Everything shown here is in the files beside this page: <code>report.json</code>, <code>calls.ndjson</code>,
<code>messages.json</code>, <code>seeded.json</code>, <code>evidence/</code>, <code>aws/state.json</code>, <code>github/</code>,
<code>logs/</code>, <code>summaries/</code>.</footer>
</main></body></html>
`.text;
}

function renderCalls(calls: readonly CallRecord[]): Html {
  const rows = new Map<string, { call: CallRecord; count: number; failed: number }>();
  for (const call of calls) {
    const key = [call.service, call.operation, call.principal].join(" ");
    const row = rows.get(key) ?? { call, count: 0, failed: 0 };
    row.count += 1;
    if (call.error !== null) row.failed += 1;
    rows.set(key, row);
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return html`<details><summary>${calls.length} calls, ${calls.filter(isChanging).length} of them changing, by operation and caller</summary>
    <div class="scroll"><table>
      <thead><tr><th>Operation</th><th>Caller</th><th class="number">Calls</th><th class="number">Failed</th></tr></thead>
      <tbody>${sorted.map(
        ({ call, count, failed }) => html`<tr><td>${call.service} <strong>${call.operation}</strong>
        ${isChanging(call) && html`<span class="pill bad">changing</span>`}</td>
        <td>${call.principal.split("/").at(-1)}</td><td class="number">${count}</td><td class="number">${failed}</td></tr>`,
      )}</tbody>
    </table></div></details>`;
}
