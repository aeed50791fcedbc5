import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import { type Recipient, recipients } from "./escalation.ts";
import { ensureLabels } from "./issue.ts";
import { labelsOf } from "./labels.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import type { IncidentRecord, RecordDeps } from "./record.ts";
import { statusOf } from "./state.ts";

/** What follows from a higher severity. */
export interface Raised {
  /** Everyone whom the runbook now wants told, in the runbook's order. */
  recipients: Recipient[];
  /** Of them, those whom the severity before did not reach. */
  added: Recipient[];
}

/**
 * Raises an incident's severity: the ledger says so and why, the obligations follow from it (labels, people to tell,
 * steps, review), and a comment names the people. Never lowers it. Done again it changes nothing and returns the same.
 */
export async function raiseSeverity(
  deps: RecordDeps,
  record: IncidentRecord,
  to: SeverityId,
  reason: string,
): Promise<Raised> {
  const { runbook, facts } = record;
  const key = `severity-changed/${to}`;
  const done = record.all("severity-changed").find((entry) => entry.key === key);
  const before = done?.data.from ?? record.severity;
  const raised = raisedTo(runbook, facts.environment, before, to);
  if (!done && atLeast(before, to)) return raised;
  await record.append("severity-changed", { from: before, to, reason }, key);
  await record.append(
    "escalation-due",
    { recipients: raised.recipients },
    `escalation-due/${record.severity}`,
  );
  await createLabel(deps, record);
  await record.project();
  await record.comment(key, announcement(record, before, reason, raised));
  return raised;
}

/** Whom the runbook wants told when the severity goes from one to another. */
export function raisedTo(runbook: Runbook, environment: string, from: SeverityId, to: SeverityId): Raised {
  const told = recipients(runbook, from, environment).map(({ who }) => who);
  const all = recipients(runbook, to, environment);
  return { recipients: all, added: all.filter(({ who }) => !told.includes(who)) };
}

/** The label of the new severity, in its colour, before the issue gets it. A failure is a warning: it is only colour. */
async function createLabel(deps: RecordDeps, record: IncidentRecord): Promise<void> {
  const facts = { ...record.facts, severity: record.severity };
  try {
    await ensureLabels(deps, labelsOf(facts, statusOf(record.chain)));
  } catch (error) {
    deps.log.warning(
      `The label of severity ${record.severity} could not be made: ${(error as Error).message}`,
    );
  }
}

function announcement(
  record: IncidentRecord,
  from: SeverityId,
  reason: string,
  { recipients }: Raised,
): string {
  const { severities } = record.runbook;
  const now = severities[record.severity];
  return [
    `**Severity raised from ${escapeMarkdown(severities[from].name)} to ${escapeMarkdown(now.name)}:** ${codeSpan(reason, 600)}`,
    "",
    "To be told now:",
    ...recipients.map(
      ({ who, address, missing }) =>
        `- **${escapeMarkdown(who)}**: ${address ? codeSpan(address) : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`}`,
    ),
  ].join("\n");
}
