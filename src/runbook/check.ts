import { crossCheck, toFillIn } from "./cross-check.ts";
import { jsonSchema } from "./json-schema.ts";
import { type Problem, readYaml, type SchemaNode } from "./locate.ts";
import { type Runbook, runbookSchema } from "./schema.ts";

export { formatProblem, type Problem } from "./locate.ts";

export interface Checked {
  /** Present when there are no errors. */
  runbook: Runbook | undefined;
  errors: Problem[];
  warnings: Problem[];
}

/** Checks a runbook's text. Never throws for what the text says: every error and warning comes back with its place. */
export function checkRunbook(source: string): Checked {
  const { value, errors, locate } = readYaml(source, runbookSchema, jsonSchema() as SchemaNode);
  if (value === undefined) return { runbook: undefined, errors, warnings: [] };
  const contradictions = crossCheck(value).map(locate);
  return {
    runbook: contradictions.length === 0 ? value : undefined,
    errors: contradictions,
    warnings: toFillIn(value).map(locate),
  };
}
