import { minuteForPeople } from "../runbook/local-time.ts";
import type { Runbook } from "../runbook/schema.ts";
import { type LedgerEntry, NOTHING_TO_CONTAIN } from "./entries.ts";
import { legalClocks } from "./legal-clocks.ts";
import { codeBlock, escapeMarkdown } from "./markdown.ts";
import { mcpsOf } from "./mcps.ts";
import { utc } from "./obligations-banner.ts";
import type { IncidentRecord } from "./record.ts";
import { factsOf, ofKind } from "./state.ts";

/**
 * The notification of a personal data breach to the supervisory authority, as far as the ledger can write it: the items
 * of article 33(3) of the GDPR (https://eur-lex.europa.eu/eli/reg/2016/679/oj). Pure.
 */

const LONGEST = 30_000;
const TO_WRITE = "(to be written)";
const KEY = "notification-draft";

/**
 * Has the incident's comment with the draft say what the ledger says now: from when personal data is known to be involved
 * until somebody confirms that the authority is notified.
 */
export async function keepDraft(record: IncidentRecord): Promise<void> {
  const [gdpr] = legalClocks(record.chain, record.runbook);
  if (gdpr && !gdpr.done) await record.keepComment(KEY, draftComment(record.chain, record.runbook));
}

/** The comment with the draft, for a person to copy; empty while no personal data is involved. */
export function draftComment(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const [gdpr] = legalClocks(entries, runbook);
  if (!gdpr) return "";
  return [
    "### Draft of the notification to the supervisory authority",
    `Prefilled from the ledger, for **${escapeMarkdown(officerOf(runbook)?.role ?? "the contact for data protection")}** to complete and send before **${utc(gdpr.due)}**. What is not known yet may follow in phases (article 33(4)). It grows with the ledger until somebody confirms that the authority is notified.`,
    codeBlock(notificationDraft(entries, runbook), LONGEST),
  ].join("\n\n");
}

/** The text itself, as Markdown. What people wrote stands in it as they wrote it. */
export function notificationDraft(entries: readonly LedgerEntry[], runbook: Runbook): string {
  const facts = factsOf(entries);
  const [gdpr, ...nis2] = legalClocks(entries, runbook);
  const time = (moment: Date) =>
    `${utc(moment)} (${minuteForPeople(moment, runbook.time_zone)}, ${runbook.time_zone})`;
  const aware = gdpr?.begun ?? new Date(facts.detectedAt);
  return [
    "# Notification of a personal data breach (GDPR, article 33)",
    "",
    `- Reference: ${entries[0]?.incident}`,
    `- Controller: ${runbook.organisation} ${TO_WRITE}`,
    `- Detected: ${time(new Date(facts.detectedAt))}`,
    `- Aware that personal data is involved: ${time(aware)}`,
    ...(gdpr ? [`- To be notified before: ${time(gdpr.due)}`] : []),
    `- Reasons for a delay, if it is sent later: ${TO_WRITE}`,
    "",
    "## (a) Nature of the breach",
    "",
    `${runbook.incident_types[facts.type]?.name ?? facts.type}, severity ${runbook.severities[facts.severity].name}, on ${mcpsOf(entries).join(", ")} in ${facts.environment}.`,
    "",
    facts.description || facts.summary,
    ...ofKind(entries, "personal-data-found").map(({ data }) => `\n${data.reason}`),
    "",
    `- Confidentiality, integrity or availability: ${TO_WRITE}`,
    `- Categories of data subjects, and approximately how many: ${TO_WRITE}`,
    `- Categories of personal data records, and approximately how many: ${TO_WRITE}`,
    ...sourcesLine(entries, runbook),
    "",
    "## (b) Contact for data protection",
    "",
    contact(runbook),
    "",
    "## (c) Likely consequences",
    "",
    TO_WRITE,
    "",
    "## (d) Measures taken or proposed",
    "",
    ...measures(entries),
    `- Proposed, and against possible adverse effects: ${TO_WRITE}`,
    ...(nis2.length === 0 ? [] : ["", ...nis2Part(facts.severity, runbook)]),
  ].join("\n");
}

/** What lies behind the mcps, where the runbook says so, and how it was found. */
function sourcesLine(entries: readonly LedgerEntry[], { data_sources }: Runbook): string[] {
  const behind = mcpsOf(entries).flatMap((mcp) => data_sources?.[mcp] ?? []);
  if (behind.length === 0) return [];
  const found = ofKind(entries, "step-confirmed").flatMap(({ data }) =>
    data.verdict === undefined || data.verdict === NOTHING_TO_CONTAIN
      ? []
      : [`  - ${data.step}, found ${data.verdict}: ${data.note}`],
  );
  return [`- Behind these mcps lie: ${behind.map(({ name }) => name).join("; ")}`, ...found];
}

function contact(runbook: Runbook): string {
  const officer = officerOf(runbook);
  if (!officer) return TO_WRITE;
  const parts = [officer.role, officer.name, officer.email ?? officer.fill_in, officer.telephone];
  return parts.filter((part) => part !== undefined).join(", ");
}

function officerOf({ contacts, personal_data }: Runbook): Runbook["contacts"][string] | undefined {
  return personal_data && contacts[personal_data.officer];
}

function measures(entries: readonly LedgerEntry[]): string[] {
  const taken = entries.flatMap((entry) => {
    const when = entry.at.slice(0, 16).replace("T", " ");
    if (entry.kind === "contained") return [`- ${when} UTC: contained. ${entry.data.summary}`];
    if (entry.kind === "restored") return [`- ${when} UTC: given back to its users. ${entry.data.summary}`];
    if (entry.kind === "capture-sealed" && entry.data.supplements === undefined)
      return [`- ${when} UTC: evidence preserved, ${entry.data.items} items`];
    if (entry.kind === "step-confirmed" && entry.data.verdict === undefined)
      return [
        `- ${entry.data.at.slice(0, 16).replace("T", " ")} UTC: ${entry.data.text}. ${entry.data.note}`,
      ];
    return [];
  });
  return taken.length === 0 ? [`- None so far: ${TO_WRITE}`] : taken;
}

/** What article 23(4) of NIS2 asks for besides (https://eur-lex.europa.eu/eli/dir/2022/2555/oj). */
function nis2Part(severity: keyof Runbook["severities"], { severities }: Runbook): string[] {
  return [
    "## For the CSIRT or the competent authority (NIS2, article 23(4))",
    "",
    `- Suspected of unlawful or malicious acts, or with a cross-border impact: ${TO_WRITE}`,
    `- Initial assessment: severity ${severities[severity].name}; impact ${TO_WRITE}`,
    `- Indicators of compromise: ${TO_WRITE}`,
  ];
}
