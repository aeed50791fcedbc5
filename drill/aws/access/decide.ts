/**
 * What identity policies decide about a permission. An explicit denial wins over everything; what nothing allows is
 * denied. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { wildcardMatch } from "../wildcard.ts";
import type { Need } from "./needs.ts";

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Decision {
  allowed: boolean;
  /** The statement that decided, and the pattern in it that names the action; null when none did. */
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
      const action = list(statement.Action).find((one) => fits(one.toLowerCase(), need.action.toLowerCase()));
      const applies =
        action !== undefined &&
        list(statement.Resource).some((pattern) => fits(pattern, need.resource)) &&
        holds(statement.Condition ?? {}, need.context);
      return applies ? [{ sid: statement.Sid ?? "", action }] : [];
    });
}

const fits = (pattern: string, text: string) => wildcardMatch(pattern, text);

type Operator = (actual: readonly string[] | undefined, expected: readonly string[]) => boolean;

const equal: Operator = (actual, expected) => actual?.some((one) => expected.includes(one)) ?? false;
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: equal,
  "ForAnyValue:StringEquals": equal,
  StringNotEquals: (actual, expected) => !equal(actual, expected),
  ArnEquals: (actual, expected) =>
    actual?.some((one) => expected.some((pattern) => fits(pattern, one))) ?? false,
};

function holds(condition: NonNullable<Statement["Condition"]>, context: Need["context"]): boolean {
  return Object.entries(condition).every(([name, keys]) => {
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (!operator) throw new Error(`the condition operator ${name} is not simulated in a role's policy`);
    return Object.entries(keys).every(([key, expected]) => {
      const actual = context[key.toLowerCase()];
      return operator(actual === undefined ? undefined : list(actual), list(expected));
    });
  });
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
