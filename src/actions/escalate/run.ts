import { resolve } from "node:path";
import type { LedgerEntry } from "../../incident/entries.ts";
import { codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import { type DueNotice, dueNotices, noticeName } from "../../incident/notices.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { sentTo } from "../../incident/told.ts";
import { buildMessage } from "../../notify/message.ts";
import { type Notified, notifyDue, notTold } from "../../notify/notify.ts";
import { plainText } from "../../notify/text.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { EscalateInputs } from "./inputs.ts";

/**
 * Tells everybody whom the runbook wants told and who was not told yet: of the declaration, of a severity that was raised
 * since, of personal data that was found, of a glass that was broken. Each once, whatever is re-run, and whichever workflow runs it.
 * @throws FirebreakError `not-told`, once all others are told, when no channel certainly reached somebody; the outputs
 *   are set all the same.
 */
export async function run(inputs: EscalateInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.open(deps, runbook, inputs.environment, inputs.incident);
  const due = dueNotices(record.chain, runbook);
  if (inputs.dryRun) {
    await deps.summary(`## Dry run: nobody is told\n\n${table(record.chain, due)}\n`);
    for (const { recipient, ...notice } of due) {
      const message = buildMessage(record.chain, runbook, { notice, secondCopy: false });
      deps.log.info(`To ${recipient.who}:\n${plainText(message)}`);
    }
    return outputsOf(due, { told: [], undelivered: [], missing: [] });
  }
  const recipients = due.map(({ recipient }) => recipient);
  // Whoever raised the severity has said already whom that concerns.
  if (named(record.latest("escalation-due")?.data.recipients) !== named(recipients))
    await record.append("escalation-due", { recipients }, `escalation-due/${record.severity}`);
  const notified = await notifyDue(deps, record);
  await record.project();
  await deps.summary(`## ${record.id}: who is told\n\n${table(record.chain, due)}\n`);
  const outputs = outputsOf(due, notified);
  const failure = notTold(record, notified, outputs);
  if (failure) throw failure;
  return outputs;
}

function named(recipients: readonly { who: string }[] = []): string {
  return recipients.map(({ who }) => who).join("\n");
}

function table(entries: readonly LedgerEntry[], due: readonly DueNotice[]): string {
  const rows = due.map(({ recipient, ...notice }) => {
    const { id, who, address, missing, ways, telephone } = recipient;
    const sent = sentTo(entries, noticeName(notice), id)?.data;
    const outcome = sent
      ? `told ${sent.sentAt.slice(0, 19).replace("T", " ")} UTC by ${sent.channel}${sent.messageId === null ? "" : `, message ${codeSpan(sent.messageId, 120)}`}`
      : `**not told**${telephone === null ? "" : `; telephone ${codeSpan(telephone)}`}`;
    const where =
      missing === null
        ? `${codeSpan(address ?? "")} by ${ways.map(({ channel }) => channel).join(", then ") || "no channel"}`
        : `missing: ${escapeMarkdown(missing)}`;
    return `| ${escapeMarkdown(who)} | ${escapeMarkdown(noticeName(notice))} | ${where} | ${outcome} |`;
  });
  return ["| Who | Why | Where | |", "|---|---|---|---|", ...rows].join("\n");
}

function outputsOf(due: readonly DueNotice[], { told, undelivered }: Notified): Outputs {
  return {
    recipients: JSON.stringify(
      due.map(({ recipient: { who, address, missing } }) => ({ who, address, missing })),
    ),
    told: JSON.stringify(told.map(({ id }) => id)),
    undelivered: JSON.stringify(undelivered.map(({ id }) => id)),
  };
}
