import { type EntryData, type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { describeResponse, isResponse } from "./response-timeline.ts";

/** One line of Markdown about a ledger entry, for the timeline of the issue and of the review. */
export function describeEntry(entry: LedgerEntry): string {
  if (isResponse(entry)) return describeResponse(entry);
  switch (entry.kind) {
    case "declared":
      return `Declared as **${entry.data.severity}**: ${codeSpan(entry.data.summary, 120)}`;
    case "mcp-joined":
      return `${codeSpan(entry.data.mcp)} joined${entry.data.reason === null ? "" : `: ${codeSpan(entry.data.reason, 200)}`}`;
    case "planned":
      return `Plan recorded (${entry.data.plan.change}), SHA-256 ${codeSpan(entry.data.sha256.slice(0, 12))}`;
    case "plan-failed":
      return `No plan: ${codeSpan(entry.data.message, 200)}`;
    case "escalation-due":
      return `To be told: ${entry.data.recipients.map(({ who }) => escapeMarkdown(who)).join(", ")}`;
    case "capture-started":
      return entry.data.supplements === undefined
        ? `Capture ${codeSpan(entry.data.capture)} began`
        : `Capture ${codeSpan(entry.data.capture)} began, to add to ${codeSpan(entry.data.supplements)}`;
    case "capture-sealed":
      return `Capture ${codeSpan(entry.data.capture)} sealed, ${entry.data.complete ? "complete" : "**incomplete**"}, ${entry.data.items} items`;
    case "capture-signed":
      return [
        `Capture ${codeSpan(entry.data.capture)}`,
        entry.data.signature ? `signed with ${codeSpan(entry.data.signature.keyArn, 120)}` : "**not signed**",
        entry.data.timestamp
          ? `time-stamped by ${codeSpan(entry.data.timestamp.authority, 120)}`
          : "**not time-stamped**",
      ].join(", ");
    case "late-objects":
      return `${entry.data.objects.length} objects came into capture ${codeSpan(entry.data.capture)} after its seal, from another process of its run`;
    case "evidence-requested":
      return `Requested from ${codeSpan(entry.data.of, 120)}: ${codeSpan(entry.data.what, 200)}, until ${entry.data.deadline.slice(0, 16).replace("T", " ")}`;
    case "request-settled":
      return `Request ${codeSpan(entry.data.request, 120)} ${entry.data.outcome}: ${codeSpan(entry.data.message, 200)}`;
    case "source-final":
      return entry.data.outcome === "complete"
        ? `Source ${codeSpan(entry.data.source)} is final`
        : `Source ${codeSpan(entry.data.source)} is final and **not complete**: its deadline passed`;
    case "capture-attested":
      return entry.data.url === null
        ? `Capture ${codeSpan(entry.data.capture)} **not attested** by GitHub: ${codeSpan(entry.data.why ?? "", 200)}`
        : `Capture ${codeSpan(entry.data.capture)} attested by GitHub: ${codeSpan(entry.data.url, 200)}`;
    case "audit-trail-verified":
      return `Audit trail: **${entry.data.verdict}**${entry.data.policyChanged ? ", the bucket policy was changed" : ""}`;
    case "severity-changed":
      return `Severity **${entry.data.from}** → **${entry.data.to}**: ${codeSpan(entry.data.reason, 200)}`;
    case "capture-failed":
      return `Capture ${codeSpan(entry.data.capture)} **failed**: ${codeSpan(entry.data.message, 200)}`;
    case "audit-logs-queried":
      return describeQuery(entry.data);
    case "step-confirmed":
      if (entry.data.verdict === NOTHING_TO_CONTAIN)
        return `**Nothing to contain**, as ${codeSpan(entry.data.by, 120)} found: ${codeSpan(entry.data.note, 200)}`;
      return `Confirmed ${codeSpan(entry.data.step, 130)}${entry.data.verdict === undefined ? "" : `, found **${entry.data.verdict}**`}, done by ${codeSpan(entry.data.by, 120)}: ${codeSpan(entry.data.note, 200)}`;
    case "secret-disabled":
      return `Old secret disabled by ${codeSpan(entry.data.by)} at ${entry.data.at}, confirmed by ${codeSpan(entry.data.confirmedBy)}`;
    case "follow-up-due":
      return `To follow up at ${entry.data.at.slice(0, 16).replace("T", " ")}: ${codeSpan(entry.data.what, 200)}`;
    case "gate-passed":
      return `Gate passed for ${codeSpan(entry.data.action)}, approved by ${entry.data.approvals.map(({ login }) => codeSpan(login)).join(", ")}`;
    case "glass-broken":
      return `**Glass broken** for ${codeSpan(entry.data.action)}, approved by ${entry.data.approvals.map(({ login }) => codeSpan(login)).join(", ")}, without: ${[...new Set(entry.data.skipped.map(({ reason }) => reason))].map((reason) => codeSpan(reason)).join(", ")}; because ${codeSpan(entry.data.reason, 200)}`;
    case "gate-refused":
      return `Gate **refused** ${codeSpan(entry.data.action)}: ${entry.data.refusals.map(({ reason }) => codeSpan(reason)).join(", ")}`;
    case "change-intended":
      return `About to change ${codeSpan(entry.data.target)} (${codeSpan(entry.data.step)})`;
    case "change-made":
      return `Changed ${codeSpan(entry.data.target)} (${codeSpan(entry.data.step)})`;
    case "change-verified":
      return `Proved ${codeSpan(entry.data.target)} (${codeSpan(entry.data.step)})`;
    case "contained":
      return `**Contained**: ${codeSpan(entry.data.summary)}`;
    case "not-contained":
      return `**Not contained**: ${codeSpan(entry.data.message)}`;
    case "restored":
      return `**Restored**: ${codeSpan(entry.data.summary)}`;
    case "review-opened":
      return `Review opened as #${entry.data.issue}, due ${entry.data.due}`;
  }
}

function describeQuery(data: EntryData<"audit-logs-queried">): string {
  const { question, engine, handedOver, tables } = data;
  const asked = `Audit records asked for ${escapeMarkdown(question.kind)}${question.value === null ? "" : ` ${codeSpan(question.value, 80)}`}`;
  if (engine === "athena") {
    const why = handedOver === "no-engine" ? "the query engine was not there" : "too many for one machine";
    return `${asked}: **not answered**, ${why}; the SQL for Athena is in a comment`;
  }
  const flagged = tables.reduce((sum, table) => sum + (table.flagged ?? 0), 0);
  return `${asked}: ${tables.map(({ name, rows }) => `${name} ${rows}`).join(", ")}${flagged > 0 ? `, **${flagged} out of the ordinary**` : ""}`;
}

/** A Markdown table of entries; the oldest are left out beyond `limit`, and the table says so. */
export function timelineTable(entries: readonly LedgerEntry[], limit = 60): string {
  const shown = entries.slice(-limit);
  const left = entries.length - shown.length;
  return [
    "| # | When (UTC) | Who | What |",
    "|--:|---|---|---|",
    ...(left > 0 ? [`| … | | | ${left} earlier entries are in the ledger |`] : []),
    ...shown.map(
      (entry) =>
        `| ${entry.sequence} | ${entry.at.slice(0, 19).replace("T", " ")} | ${codeSpan(entry.by.login, 60)} | ${entry.mcp === undefined ? "" : `${codeSpan(entry.mcp)}: `}${describeEntry(entry)} |`,
    ),
  ].join("\n");
}
