import { QUESTIONS } from "../../query/questions.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface QueryInputs extends CommonInputs {
  incident: number;
  /** When given, the incident has to be about it. */
  mcp: string | undefined;
  question: (typeof QUESTIONS)[number];
  /** The user, tool or session, as the records spell it. */
  value: string | undefined;
  /** How many hours before the capture's end are asked about; what lies before is what they are compared with. */
  hours: number;
  /** Undefined: the newest. */
  capture: string | undefined;
  /** Folder of the workspace in which the query engine is installed. */
  engine: string;
}

const HOURS = 24;
const ENGINE = "actions/query-audit-logs/engine";

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): QueryInputs {
  return {
    ...reader.common(),
    incident: reader.incident(),
    mcp: reader.line("mcp", 100),
    question: reader.optional("question") === undefined ? "overview" : reader.oneOf("question", QUESTIONS),
    value: reader.line("value", 300),
    hours: reader.integer("hours", 1, 2160) ?? HOURS,
    capture: reader.line("capture", 60),
    engine: reader.path("engine") ?? ENGINE,
  };
}
