import { acknowledge } from "../../incident/acknowledgement.ts";
import { setSeverityCommand } from "../../incident/commands.ts";
import { type CommentCommand, saysSomething } from "../../incident/comment-command.ts";
import { containStep } from "../../incident/contain-step.ts";
import { doneCommand, stepsToConfirm } from "../../incident/manual-steps.ts";
import { codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import type { IncidentRecord } from "../../incident/record.ts";
import {
  announcement,
  changeSeverity,
  makesReviewDue,
  needsApproval,
  requireAllowed,
} from "../../incident/severity.ts";
import { rises } from "../../incident/severity-changes.ts";
import { takenLine } from "../../incident/taken-line.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { confirm } from "../confirm-step/confirm.ts";
import type { Asked } from "./asked.ts";
import { statusText } from "./status-text.ts";

/** What is said in the thread, and what the workflow's next steps have to do. */
export interface Answer {
  text: string;
  follows: Outputs;
}

type Person = { login: string; name: string };
type Of<Name extends CommentCommand["command"]> = Extract<CommentCommand, { command: Name }>;

/**
 * Does what a comment asks for. Its author's text is in the answer nowhere but as code.
 * @throws FirebreakError for what cannot be done; nothing is then written.
 */
export async function obey(
  deps: ActionDeps,
  record: IncidentRecord,
  asked: Asked,
  by: Person,
): Promise<Answer> {
  const { command } = asked;
  if ("problem" in command)
    return said(`Nothing was done. ${command.problem} It is written ${codeSpan(command.usage)}.`);
  switch (command.command) {
    case "status":
      return said(statusText(record.chain, record.runbook));
    case "ack":
      return take(record, command, asked, by);
    case "confirm":
      return confirmed(deps, record, command, asked, by);
    case "severity":
      return setSeverity(deps, record, command, asked, by);
  }
}

async function take(record: IncidentRecord, { note }: Of<"ack">, asked: Asked, by: Person): Promise<Answer> {
  await acknowledge(record, {
    by,
    note: note === "" ? null : note,
    at: asked.at,
    key: `acknowledged/comment-${asked.comment}`,
  });
  await record.project();
  return said(takenLine(record.chain, record.runbook));
}

/** Where the step asks how it was found, the note begins with that. */
async function confirmed(
  deps: ActionDeps,
  record: IncidentRecord,
  command: Of<"confirm">,
  { at }: Asked,
  person: Person,
): Promise<Answer> {
  const contain = containStep(record.chain, record.runbook);
  const steps = [...stepsToConfirm(record.chain, record.runbook), ...(contain ? [contain] : [])];
  const step = steps.find(({ id }) => id === command.step);
  const [first = ""] = command.note.split(/\s/);
  const verdict = step?.verdicts.find((one) => one === first);
  // Of the step that contains, the refusal itself says what can be said of it.
  if (step && step !== contain && step.verdicts.length > 0 && verdict === undefined && !step.by) {
    const words = `/confirm ${step.id} <how it was found> <what was done>`;
    return said(
      `Nothing was done: this step asks how it was found: ${step.verdicts.join(", ")}. It is written ${codeSpan(words)}; or ${codeSpan(doneCommand(step, record, record.mcps), 400)}`,
    );
  }
  const note = verdict === undefined ? command.note : command.note.slice(first.length).trim();
  if (!saysSomething(note)) {
    const words = `/confirm ${command.step} ${verdict} <what shows it, by whom and when>`;
    return said(`Nothing was done: what shows it is missing. It is written ${codeSpan(words, 400)}`);
  }
  const data = await confirm(deps, record, {
    step: command.step,
    note,
    doneBy: undefined,
    at,
    verdict,
    person,
  });
  await record.project();
  const open = stepsToConfirm(record.chain, record.runbook).filter(({ by }) => !by);
  const left =
    open.length === 0
      ? "No step is left for people to confirm."
      : `Still open: ${open.map(({ id }) => codeSpan(id, 130)).join(", ")}.`;
  return said(`${codeSpan(data.step, 130)} is confirmed. ${left}`);
}

async function setSeverity(
  deps: ActionDeps,
  record: IncidentRecord,
  { severity: to, reason }: Of<"severity">,
  { comment }: Asked,
  by: Person,
): Promise<Answer> {
  const { severities } = record.runbook;
  const key = `severity-changed/comment-${comment}`;
  if (!record.chain.some((entry) => entry.key === key)) {
    const name = escapeMarkdown(severities[to].name);
    if (to === record.severity) return said(`The severity is ${name} already.`);
    requireAllowed(record, to);
    if (needsApproval(record, to))
      return said(
        `Nothing was done: somebody else has to approve that ${escapeMarkdown(severities.critical.name)} becomes ${name}. Ask for it with ${codeSpan(setSeverityCommand(record, severities[to].name), 400)}`,
      );
  }
  const changed = await changeSeverity(deps, record, { from: record.severity, to, reason, by, key });
  if (!changed) return said("Nothing was done: at the same moment somebody else changed the severity.");
  return {
    text: announcement(record, changed, reason),
    follows: {
      escalate: String(rises(changed)),
      review: String(makesReviewDue(changed, record.runbook)),
    },
  };
}

function said(text: string): Answer {
  return { text, follows: {} };
}
