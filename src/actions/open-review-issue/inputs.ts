import type { CommonInputs, InputReader } from "../inputs.ts";

export interface OpenReviewIssueInputs extends CommonInputs {
  incident: number;
}

export function readInputs(reader: InputReader): OpenReviewIssueInputs {
  return { ...reader.common(), incident: reader.incident() };
}
