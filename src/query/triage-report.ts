import type { FirebreakError } from "../errors.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "../incident/markdown.ts";
import type { Runbook } from "../runbook/schema.ts";
import type { Target } from "../runbook/target.ts";
import type { Answer } from "./answer.ts";
import type { DetectionRow } from "./detection.ts";
import { handOverMarkdown } from "./hand-over.ts";
import type { Proposal } from "./proposal.ts";
import { answerMarkdown } from "./report.ts";

interface Triage {
  runbook: Runbook;
  row: DetectionRow;
  proposal: Proposal;
  /** The dispatch that declares what is proposed. */
  command: string;
  answers: readonly Answer[];
  /** What Athena is to be asked, where this machine could not answer. */
  handedOver: { why: FirebreakError; asked: string; sql: string } | null;
  target: Pick<Target, "mcp" | "environment">;
}

/** What triage says, as Markdown: the row, the answers, the proposal and the command that a person confirms it with. */
export function triageMarkdown(triage: Triage): string {
  const { runbook, row, proposal, command, answers, handedOver, target } = triage;
  const contact = row.contact === null ? undefined : runbook.contacts[row.contact];
  const reached = contact?.email ?? contact?.fill_in;
  const what = { alarm: "It may mean", manual: "Look for", external: "What it is" }[row.channel];
  return [
    `**${escapeMarkdown(row.name)}** · ${escapeMarkdown(target.mcp)} (${escapeMarkdown(target.environment)})`,
    "",
    `${what}: ${row.indicators.map(escapeMarkdown).join("; ")}.`,
    ...(row.query === null ? [] : [`Where to look: ${escapeMarkdown(row.query)}.`]),
    ...(contact
      ? [`Whom to ask: ${escapeMarkdown(contact.role)}${reached ? `, ${escapeMarkdown(reached)}` : ""}.`]
      : []),
    ...(row.channel === "alarm"
      ? [`Alarms are defined in ${escapeMarkdown(runbook.detection.alarms.definitions)}.`]
      : []),
    "",
    ...(answers.length > 0
      ? [
          "> This is what the live audit bucket says now. No manifest vouches for it: it is no evidence, and nothing of it was kept. An incident preserves its own.",
          "",
        ]
      : []),
    ...answers.flatMap((answer) => [answerMarkdown(answer), ""]),
    ...(handedOver
      ? [
          handOverMarkdown(handedOver.why, handedOver.asked, handedOver.sql, {
            sealed: false,
            overwritten: 0,
          }),
          "",
        ]
      : []),
    "### Proposed, for a person to confirm",
    "",
    ...proposalMarkdown(runbook, proposal),
    "",
    "To declare it, check the words and run:",
    "",
    codeBlock(command),
    ...(command.includes("PRINCIPAL") ? ["", "`PRINCIPAL` is the user or role that it is about."] : []),
  ].join("\n");
}

function proposalMarkdown(runbook: Runbook, { severity, type, why, borneOut }: Proposal): string[] {
  const said = borneOut === null ? "cannot say" : borneOut ? "bear it out" : "do not bear it out";
  if (severity === null || type === null)
    return [`Nothing: ${codeSpan(why, 500)}. Decide by the runbook's classification.`];
  const { name, criteria } = runbook.severities[severity];
  return [
    `- Severity: **${escapeMarkdown(name)}** (${escapeMarkdown(criteria)})`,
    `- Type: **${escapeMarkdown(runbook.incident_types[type]?.name ?? type)}**`,
    `- Why: the audit records ${said}; ${escapeMarkdown(why)}`,
  ];
}
