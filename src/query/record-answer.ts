import type { IncidentRecord } from "../incident/record.ts";
import type { Answer } from "./answer.ts";
import type { HandOver } from "./hand-over.ts";
import type { Question, Span } from "./questions.ts";

/** Enters a question and what came of it into the ledger, once per `key`. */
export async function recordAnswer(
  record: IncidentRecord,
  key: string,
  asked: { question: Question; span: Span; captures: string[] } & (
    | { answer: Answer; keptIn: string }
    | { answer: null; handedOver: HandOver }
  ),
): Promise<void> {
  const { question, span, captures, answer } = asked;
  const data = {
    question: { kind: question.kind, value: question.kind === "overview" ? null : question.value },
    captures,
    window: { from: span.from.toISOString(), to: span.to.toISOString() },
    baselineFrom: answer?.baseline?.from ?? null,
    engine: answer ? ("local" as const) : ("athena" as const),
    records: answer?.read.records ?? 0,
    unreadable: answer?.read.unreadable ?? 0,
    gaps: answer?.read.gaps.length ?? 0,
    tables: (answer?.tables ?? []).map(({ name, total, flagged, sha256 }) => ({
      name,
      rows: total,
      flagged,
      sha256,
    })),
    keptIn: asked.answer ? asked.keptIn : null,
    ...(asked.answer ? {} : { handedOver: asked.handedOver }),
  };
  await record.append("audit-logs-queried", data, key);
}
