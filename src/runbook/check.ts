import { crossCheck, toFillIn } from "./cross-check.ts";
import { jsonSchema } from "./json-schema.ts";
import { type Finding, type Problem, readYaml, type SchemaNode } from "./locate.ts";
import { type Runbook, runbookSchema } from "./schema.ts";

export { formatProblem, type Problem } from "./locate.ts";

export interface Checked {
  /** Present when there are no errors. */
  runbook: Runbook | undefined;
  errors: Problem[];
  warnings: Problem[];
}

/**
 * Checks a runbook's text. Never throws for what the text says: every error and warning comes back with its place.
 * @param more further checks, for what is too heavy to carry in every action.
 */
export function checkRunbook(source: string, ...more: ((runbook: Runbook) => Finding[])[]): Checked {
  const { value, errors, locate } = readYaml(source, runbookSchema, jsonSchema() as SchemaNode);
  if (value === undefined) return { runbook: undefined, errors, warnings: [] };
  const contradictions = [crossCheck, ...more].flatMap((check) => check(value)).map(locate);
  return {
    runbook: contradictions.length === 0 ? value : undefined,
    errors: contradictions,
    warnings: toFillIn(value).map(locate),
  };
}
