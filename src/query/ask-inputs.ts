import { badInput } from "../errors.ts";
import { SIGNS } from "../runbook/query-schema.ts";
import type { QUESTIONS, Question } from "./questions.ts";

/** The question that somebody asks, from its kind and its value. @throws FirebreakError `bad-input` without the value. */
export function toQuestion(kind: (typeof QUESTIONS)[number], value: string | undefined): Question {
  if (kind === "overview") {
    if (value === undefined) return { kind, signs: SIGNS };
    throw badInput(
      "value",
      "is given with the question overview",
      "Leave it out, or ask for a user, a tool or a session.",
    );
  }
  if (value === undefined)
    throw badInput("value", "is missing", `Say which ${kind}, as the audit records spell it.`);
  return { kind, value };
}
