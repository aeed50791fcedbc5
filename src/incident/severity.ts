import { FirebreakError } from "../errors.ts";
import type { Runbook, SeverityId } from "../runbook/schema.ts";
import { atLeast } from "../runbook/severities.ts";
import type { EntryData, LedgerEntry } from "./entries.ts";
import { type Reach, type Recipient, recipients } from "./escalation.ts";
import { ensureLabels } from "./issue.ts";
import { labelsOf } from "./labels.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import type { IncidentRecord, RecordDeps } from "./record.ts";
import { rises, severityChanges } from "./severity-changes.ts";
import { factsOf, ofKind } from "./state.ts";
import { statusOf } from "./status.ts";

export interface SeverityChange
  extends Pick<EntryData<"severity-changed">, "to" | "reason" | "by" | "approvals"> {
  /** What it was when the caller asked whether it may be changed: where it is no longer so, the change is void. */
  from: SeverityId;
  /** The same for whoever does it again: the run, or the comment. */
  key: string;
}

/** What follows from a severity. */
export interface Changed extends Raised {
  from: SeverityId;
  to: SeverityId;
}

export interface Raised {
  /** Everyone whom the runbook now wants told, in the runbook's order. */
  recipients: Recipient[];
  /** Of them, those whom the severity before did not reach. */
  added: Recipient[];
}

/**
 * Changes an incident's severity, up or down: the ledger says so and why, and the obligations follow from it (labels,
 * people to tell, steps, review). Done again by the same key it changes nothing and returns the same.
 *
 * Whether it may be lowered the caller asks, of the severity that it gives as `from`.
 * @returns undefined where the severity was this one already, or is no longer `from`.
 */
export async function changeSeverity(
  deps: RecordDeps,
  record: IncidentRecord,
  { key, ...data }: SeverityChange,
): Promise<Changed | undefined> {
  if (!record.chain.some((entry) => entry.key === key)) {
    if (record.severity !== data.from || data.from === data.to) return undefined;
    await record.append("severity-changed", data, key);
  }
  const entry = ofKind(record.chain, "severity-changed").find((one) => one.key === key);
  if (!entry || !severityChanges(record.chain).includes(entry)) return undefined;
  const changed = followsFrom(record, entry.data.from, entry.data.to);
  if (rises(entry.data))
    await record.append("escalation-due", { recipients: changed.recipients }, dueKey(key));
  await createLabel(deps, record);
  await record.project();
  return changed;
}

/**
 * Raises the severity for what the audit trail's verdict says, and announces it; never lowers it. Where it was lowered
 * since, or another change came in between, it is raised again.
 */
export async function raiseSeverity(
  deps: RecordDeps,
  record: IncidentRecord,
  to: SeverityId,
  reason: string,
): Promise<Changed> {
  for (;;) {
    const from = record.severity;
    const number = triesToRaise(record.chain, to) + 1;
    const key = `severity-changed/${to}${number === 1 ? "" : `/${number}`}`;
    const known = record.chain.some((entry) => entry.key === key);
    if (!known && atLeast(from, to)) return followsFrom(record, from, from);
    const changed = await changeSeverity(deps, record, { from, to, reason, key });
    if (changed) {
      await record.comment(key, announcement(record, changed, reason));
      return changed;
    }
  }
}

/** How often the severity was this one and lowered, or was to be raised to it by a verdict in vain. */
function triesToRaise(entries: readonly LedgerEntry[], to: SeverityId): number {
  const held = severityChanges(entries);
  return ofKind(entries, "severity-changed").filter((entry) => {
    const { data } = entry;
    if (held.includes(entry)) return atLeast(data.from, to) && !atLeast(data.to, to);
    return data.by === undefined && data.to === to;
  }).length;
}

/** The least severity that the audit trail's verdict leaves: a bucket policy that was changed is Critical. */
export function leastSeverity(entries: readonly LedgerEntry[]): SeverityId {
  return ofKind(entries, "audit-trail-verified").some(({ data }) => data.policyChanged) ? "critical" : "low";
}

/** @throws FirebreakError `severity-forced` below what the audit trail's verdict leaves. */
export function requireAllowed({ id, chain, runbook }: IncidentRecord, to: SeverityId): void {
  const least = leastSeverity(chain);
  if (atLeast(to, least)) return;
  throw new FirebreakError(
    "severity-forced",
    `${id} stays ${runbook.severities[least].name}: the audit bucket's policy was changed, and that is in the ledger.`,
    "What was tampered with is not lowered again. Say in the review why it mattered less.",
  );
}

/** Whether somebody else has to approve before the severity may be this one: down from Critical. */
export function needsApproval({ severity }: Pick<IncidentRecord, "severity">, to: SeverityId): boolean {
  return severity === "critical" && to !== "critical";
}

/** Whether a change makes a review due that was not before. */
export function makesReviewDue({ from, to }: Pick<Changed, "from" | "to">, { review }: Runbook): boolean {
  return !atLeast(from, review.from) && atLeast(to, review.from);
}

/** What people read of a change. */
export function announcement(
  record: IncidentRecord,
  { from, to, recipients: all }: Changed,
  reason: string,
): string {
  const { severities } = record.runbook;
  const verb = rises({ from, to }) ? "raised" : "lowered";
  const told = (rises({ from, to }) ? all : []).map(
    ({ who, address, missing }) =>
      `- **${escapeMarkdown(who)}**: ${address ? codeSpan(address) : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`}`,
  );
  return [
    `**Severity ${verb} from ${escapeMarkdown(severities[from].name)} to ${escapeMarkdown(severities[to].name)}:** ${codeSpan(reason, 600)}`,
    ...(told.length === 0 ? [] : ["", "To be told now:", ...told]),
  ].join("\n");
}

/** Whom the runbook wants told when the severity goes from one to another. */
export function raisedTo(
  runbook: Runbook,
  reach: Omit<Reach, "severity">,
  from: SeverityId,
  to: SeverityId,
): Raised {
  const told = recipients(runbook, { ...reach, severity: from }).map(({ id }) => id);
  const all = recipients(runbook, { ...reach, severity: to });
  return { recipients: all, added: all.filter(({ id }) => !told.includes(id)) };
}

function followsFrom({ runbook, chain }: IncidentRecord, from: SeverityId, to: SeverityId): Changed {
  const { environment, personalData } = factsOf(chain);
  return { from, to, ...raisedTo(runbook, { environment, personalData }, from, to) };
}

function dueKey(key: string): string {
  return `escalation-due/${key.replace(/^severity-changed\//, "")}`;
}

/** The label of the new severity, in its colour, before the issue gets it. A failure is a warning: it is only colour. */
async function createLabel(deps: RecordDeps, record: IncidentRecord): Promise<void> {
  const facts = { ...record.facts, severity: record.severity };
  try {
    await ensureLabels(deps, labelsOf(facts, statusOf(record.chain, record.runbook)));
  } catch (error) {
    deps.log.warning(
      `The label of severity ${record.severity} could not be made: ${(error as Error).message}`,
    );
  }
}
