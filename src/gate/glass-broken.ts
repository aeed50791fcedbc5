import type { EntryData, LedgerEntry, Refusal } from "../incident/entries.ts";
import { recipients } from "../incident/escalation.ts";
import { ensureLabels } from "../incident/issue.ts";
import { GLASS_LABEL } from "../incident/labels.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import { factsOf } from "../incident/state.ts";
import type { Approval } from "./approvals.ts";
import { breakGlassOf, decidingEnvironment } from "./break-glass.ts";
import { recordedPlan } from "./recorded-plan.ts";
import type { CheckContext } from "./request.ts";

type GlassBroken = EntryData<"glass-broken">;

/**
 * Names every check that is skipped, before anything is changed: in the ledger, which is a condition for going on, and
 * then with a label, a comment and the people to tell. Called again it names what this run has not named yet.
 * @throws FirebreakError when the ledger cannot be written.
 */
export async function recordGlassBroken(
  context: CheckContext,
  skipped: readonly Refusal[],
  approvals: readonly Approval[],
): Promise<void> {
  const { deps, record, request } = context;
  const planned = recordedPlan(context);
  const glass = breakGlassOf(context);
  if (!planned || !glass) throw new Error("this run's plan does not ask for breaking the glass");
  const own = ownEntries(context, planned.sequence);
  const named = new Set(own.flatMap(({ data }) => data.skipped.map(({ message }) => message)));
  const unnamed = skipped.filter(({ message }) => !named.has(message));
  if (unnamed.length > 0) {
    const { runId, runAttempt } = deps.context;
    const key = `glass-broken/${request.action}/${runId}/${runAttempt}/${own.length + 1}`;
    const data: GlassBroken = {
      action: request.action,
      reason: glass.reason,
      environment: decidingEnvironment(context),
      planSha256: planned.data.sha256,
      approvals: [...approvals],
      skipped: unnamed,
    };
    await record.append("glass-broken", data, key);
  }
  // An attempt that died in between has named it and told nobody.
  for (const entry of ownEntries(context, planned.sequence)) await tell(context, entry);
}

/** Whom the runbook wants told, the label, the issue, a comment; once for each entry. */
async function tell(context: CheckContext, { key, data }: LedgerEntry<"glass-broken">): Promise<void> {
  const { deps, record, request } = context;
  const told = recipients(record.runbook, factsOf(record.chain));
  if (!(await record.append("escalation-due", { recipients: told }, `escalation-due/${key}`))) return;
  deps.log.warning(
    `The glass is broken for ${record.id}: ${request.action} goes on without ${data.skipped.map(({ reason }) => reason).join(", ")}.`,
  );
  await createLabel(context);
  await record.project();
  const markdown = glassMarkdown(record.id, data, told);
  await record.comment(key, markdown);
  await deps.summary(markdown);
}

/** What this run has skipped of its plan's evidence so far. */
function ownEntries({ deps, record, request }: CheckContext, since: number): LedgerEntry<"glass-broken">[] {
  const { runId } = deps.context;
  return record
    .all("glass-broken")
    .filter(
      ({ by, data, sequence }) => by.runId === runId && data.action === request.action && sequence > since,
    );
}

/** The label in its colour, before the issue gets it. A failure is a warning: the ledger has it. */
async function createLabel({ deps }: CheckContext): Promise<void> {
  try {
    await ensureLabels(deps, [GLASS_LABEL]);
  } catch (error) {
    deps.log.warning(`The label ${GLASS_LABEL.name} could not be made: ${(error as Error).message}`);
  }
}

function glassMarkdown(
  incident: string,
  { action, reason, environment, approvals, skipped }: GlassBroken,
  told: ReturnType<typeof recipients>,
): string {
  return [
    `> [!CAUTION]\n> **Glass broken**: ${escapeMarkdown(action)} for ${incident} goes on without evidence that it requires.`,
    "",
    `Approved in ${codeSpan(environment)} by ${approvals.map(({ login }) => codeSpan(login)).join(", ")}, because:`,
    "",
    codeBlock(reason),
    "",
    "What was skipped, and may be lost for good:",
    "",
    codeBlock(skipped.map(({ reason: why, message }) => `[${why}] ${message}`).join("\n")),
    "",
    "To be told now:",
    "",
    ...told.map(
      ({ who, address, missing }) =>
        `- **${escapeMarkdown(who)}**: ${address ? codeSpan(address) : `address missing from the runbook: ${escapeMarkdown(missing ?? "")}`}`,
    ),
    "",
  ].join("\n");
}
