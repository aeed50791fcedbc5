import { badInput } from "../../errors.ts";
import type { CommonInputs, InputReader } from "../inputs.ts";

export interface RecordReviewInputs extends CommonInputs {
  /** By hand: this incident's review is to be recorded, be it closed or open still. */
  incident: number | undefined;
  /** An issue was closed that says it is a review or an improvement. With neither, what is proposed is looked after. */
  closedIssue: number | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): RecordReviewInputs {
  const common = reader.common();
  const incident = reader.optional("incident") === undefined ? undefined : reader.incident();
  const closedIssue = reader.integer("closed-issue", 1, 9_999_999_999);
  if (incident !== undefined && closedIssue !== undefined)
    throw badInput("closed-issue", "is given beside 'incident'", "Give one of them.");
  return { ...common, incident, closedIssue };
}
