/**
 * What identity policies decide about a permission. An explicit denial wins over everything; what nothing allows is
 * denied. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { wildcardMatch } from "../wildcard.ts";
import type { Need } from "./needs.ts";
import { operatorTest } from "./operators.ts";

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Decision {
  allowed: boolean;
  /** The statement that decided, and the pattern in it that names the action (the action, of a NotAction); null when none did. */
  by: { sid: string; action: string } | null;
}

export function decide(statements: readonly Statement[], need: Need): Decision {
  const [denial] = matching(statements, "Deny", need);
  if (denial) return { allowed: false, by: denial };
  const [allowance] = matching(statements, "Allow", need);
  return { allowed: allowance !== undefined, by: allowance ?? null };
}

function matching(statements: readonly Statement[], effect: Statement["Effect"], need: Need) {
  return statements
    .filter(({ Effect }) => Effect === effect)
    .flatMap((statement) => {
      const action = actionIn(statement, need.action);
      const applies =
        action !== undefined && covers(statement, need.resource) && holds(statement.Condition, need.context);
      return applies ? [{ sid: statement.Sid ?? "", action }] : [];
    });
}

/** Actions are compared without regard to case. */
function actionIn({ Action, NotAction }: Statement, action: string): string | undefined {
  const fits = (pattern: string) => wildcardMatch(pattern.toLowerCase(), action.toLowerCase());
  if (NotAction !== undefined) return list(NotAction).some(fits) ? undefined : action;
  return list(Action ?? []).find(fits);
}

function covers({ Resource, NotResource }: Statement, resource: string): boolean {
  const fits = (pattern: string) => wildcardMatch(pattern, resource);
  return NotResource === undefined ? list(Resource ?? []).some(fits) : !list(NotResource).some(fits);
}

/** Whether a statement's condition holds. @throws Error for an operator that is not simulated. */
export function holds(condition: Statement["Condition"], context: Need["context"]): boolean {
  return Object.entries(condition ?? {}).every(([name, keys]) => {
    const test = operatorTest(name);
    if (!test) throw new Error(`the condition operator ${name} is not simulated in a role's policy`);
    return Object.entries(keys).every(([key, expected]) => {
      const actual = context[key.toLowerCase()];
      return test(actual === undefined ? undefined : list(actual), list(expected));
    });
  });
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
