import { QUESTIONS } from "../../query/questions.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface TriageInputs extends CommonInputs {
  mcp: string;
  /** A row of the runbook's detection tables: its id or its name. */
  indicator: string;
  /** What is asked besides the row's signs. */
  question: (typeof QUESTIONS)[number];
  value: string | undefined;
  hours: number;
  engine: string;
}

const HOURS = 24;
const ENGINE = "actions/query-audit-logs/engine";

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): TriageInputs {
  return {
    ...reader.common(),
    mcp: reader.required("mcp", 100),
    indicator: reader.required("indicator", 100),
    question: reader.optional("question") === undefined ? "overview" : reader.oneOf("question", QUESTIONS),
    value: reader.line("value", 300),
    hours: reader.integer("hours", 1, 720) ?? HOURS,
    engine: reader.path("engine") ?? ENGINE,
  };
}
