import { acknowledgeCommand, takenBy } from "../incident/acknowledgement.ts";
import type { IncidentFacts, LedgerEntry } from "../incident/entries.ts";
import { legalClocks } from "../incident/legal-clocks.ts";
import { mcpsOf } from "../incident/mcps.ts";
import type { Notice } from "../incident/notices.ts";
import { unanswered } from "../incident/repeats.ts";
import { rootCauses } from "../incident/root-cause.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import { statusOf } from "../incident/status.ts";
import type { Runbook } from "../runbook/schema.ts";
import { reasonInWords } from "./reason.ts";
import { foreign, moment } from "./words.ts";

/**
 * What somebody is told, as plain text without any markup: every channel writes the same, and escapes all of it by its
 * own rules. Pure.
 */
export interface Message {
  /** The severity first; nothing of it comes from outside. */
  subject: string;
  /** Why they are told, and that they may have been told already. */
  opening: string[];
  sections: { title: string; lines: string[] }[];
  links: { title: string; url: string }[];
}

export interface MessageRequest {
  notice: Notice;
  /** What has happened, where the notice's reason does not say it. */
  why?: string | undefined;
  /** What is asked of the reader besides. */
  ask?: readonly string[] | undefined;
  /** It may have reached them by another channel. */
  secondCopy: boolean;
}

export function buildMessage(
  entries: readonly LedgerEntry[],
  runbook: Runbook,
  { notice, why, ask = [], secondCopy }: MessageRequest,
): Message {
  const facts = factsOf(entries);
  const incident = entries[0]?.incident ?? "";
  const type = runbook.incident_types[facts.type]?.name ?? facts.type;
  const mcps = mcpsOf(entries).join(", ");
  return {
    subject: `[${runbook.severities[facts.severity].name}] ${incident}: ${type}, ${mcps} in ${facts.environment}`,
    opening: [
      why ?? reasonInWords(entries, runbook, notice),
      ...(secondCopy
        ? ["You may have had this message already: whether it arrived another way, nobody knows."]
        : []),
    ],
    sections: [
      { title: "Known", lines: known(entries, runbook, facts) },
      { title: "Not known", lines: notKnown(entries, facts) },
      { title: "What is asked of you", lines: [...ask, ...asked(entries, runbook, incident)] },
    ],
    links: [
      { title: `${incident} on GitHub`, url: facts.issueUrl },
      { title: "The run that declared it", url: facts.runUrl },
    ],
  };
}

function known(entries: readonly LedgerEntry[], runbook: Runbook, facts: IncidentFacts): string[] {
  const captures = ofKind(entries, "capture-sealed").length;
  const { name, login } = facts.declaredBy;
  return [
    `Seen: ${foreign(facts.summary)}`,
    `Noticed: ${moment(facts.detectedAt, runbook.time_zone)}`,
    `Declared: ${moment(entries[0]?.at ?? "", runbook.time_zone)} by ${foreign(name, 100)} (${foreign(login, 60)})`,
    ...(facts.principal === null ? [] : [`About: ${foreign(facts.principal, 200)}`]),
    `Status: ${statusOf(entries, runbook)}`,
    captures === 0 ? "Evidence: nothing is sealed yet" : `Evidence: ${captures} sealed`,
    ...(facts.personalData ? ["Personal data is involved"] : []),
    ...legalClocks(entries, runbook)
      .filter(({ done }) => done === null)
      .map(({ text, due }) => `${text}: before ${moment(due.toISOString(), runbook.time_zone)}`),
  ];
}

function notKnown(entries: readonly LedgerEntry[], { personalData }: IncidentFacts): string[] {
  const confirmed = ofKind(entries, "step-confirmed").map(({ data }) => data.step);
  return [
    ...(rootCauses(entries).length > 0 ? [] : ["The root cause"]),
    ...(confirmed.includes("investigate") ? [] : ["How far it reaches: which users and which data"]),
    ...(personalData ? [] : ["Whether personal data is involved"]),
  ];
}

function asked(entries: readonly LedgerEntry[], runbook: Runbook, incident: string): string[] {
  const { environment } = factsOf(entries);
  const { by } = (unanswered(entries, runbook) ? undefined : takenBy(entries)?.data) ?? {};
  return [
    by
      ? `It is taken by ${foreign(by.name, 100)} (${foreign(by.login, 60)}): ask them how you can help`
      : `Take it, if it is yours to take: write /ack as a comment on the issue, or run: ${acknowledgeCommand(incident, environment)}`,
    "Read the issue: it says what people have to do, and by when",
    "Change nothing by hand before the evidence is sealed, unless the issue asks for it",
  ];
}
