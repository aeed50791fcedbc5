import type { LedgerEntry } from "./entries.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { responseEntries } from "./response-entries.ts";

type ResponseEntry = LedgerEntry<keyof typeof responseEntries>;

/** Whether an entry is about people: who was told, what is due, how it was reviewed. */
export function isResponse(entry: LedgerEntry): entry is ResponseEntry {
  return Object.hasOwn(responseEntries, entry.kind);
}

/** One line of Markdown about such an entry, for the timeline. */
export function describeResponse(entry: ResponseEntry): string {
  switch (entry.kind) {
    case "indicator-received":
      return `${entry.data.joined ? "Seen again" : "Seen"} (${codeSpan(entry.data.indicator, 80)}): ${codeSpan(entry.data.what, 200)}`;
    case "principal-found":
      return `About ${codeSpan(entry.data.principal, 120)}, says ${codeSpan(entry.data.by.login, 60)}`;
    case "notice-intended":
      return `Telling **${escapeMarkdown(entry.data.recipient)}** by ${entry.data.channel}`;
    case "notice-sent":
      return `Told **${escapeMarkdown(entry.data.recipient)}** by ${entry.data.channel}${entry.data.messageId === null ? "" : `, message ${codeSpan(entry.data.messageId, 120)}`}`;
    case "notice-failed":
      return `${entry.data.outcome === "failed" ? "**Could not tell**" : "**Nobody knows whether it reached**"} **${escapeMarkdown(entry.data.recipient)}** by ${entry.data.channel}: ${codeSpan(entry.data.why, 200)}`;
    case "notice-undelivered":
      return `**${escapeMarkdown(entry.data.recipient)} could not be told**: ${codeSpan(entry.data.why, 200)}`;
    case "acknowledged":
      return `Taken by ${codeSpan(entry.data.by.login, 60)} (${codeSpan(entry.data.by.name, 120)})${entry.data.at === undefined ? "" : `, said ${minute(entry.data.at)}`}${entry.data.note === null ? "" : `: ${codeSpan(entry.data.note, 200)}`}`;
    case "personal-data-found":
      return `**Personal data is involved**, known since ${minute(entry.data.awareAt)}: ${codeSpan(entry.data.reason, 200)}`;
    case "reminded":
      return `Reminded ${entry.data.to.map((one) => escapeMarkdown(one)).join(", ")} (${codeSpan(entry.data.stage, 40)}): ${codeSpan(entry.data.about, 120)} is due ${minute(entry.data.due)}`;
    case "issue-reopened":
      return `Closed by ${codeSpan(entry.data.closedBy, 60)} and opened again: ${entry.data.missing.length} still missing`;
    case "improvement-opened":
      return `Improvement #${entry.data.issue}: ${codeSpan(entry.data.text, 200)}`;
    case "improvement-closed":
      return `Improvement #${entry.data.issue} is closed${entry.data.deleted ? ": its issue was **deleted**" : ""}`;
    case "review-incomplete":
      return `The review is not complete: ${entry.data.missing.map((one) => codeSpan(one, 80)).join(", ")}`;
    case "evidence-verified":
      return `Evidence checked: ${entry.data.verdict === "verified" ? "**verified**" : `**${entry.data.verdict.replaceAll("-", " ")}**, ${entry.data.findings} findings`}`;
    case "record-proposed":
      return `Record proposed in #${entry.data.pullRequest}: ${codeSpan(entry.data.record, 200)}`;
    case "record-withdrawn":
      return `The pull request #${entry.data.pullRequest} was closed without its record`;
    case "reviewed":
      return `Reviewed: ${codeSpan(entry.data.record)}`;
  }
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
