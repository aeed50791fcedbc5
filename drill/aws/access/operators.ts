/**
 * The condition operators of policies, as far as they are simulated.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { wildcardMatch } from "../wildcard.ts";

/** @param actual the request's values of the condition key; undefined when the request does not carry it. */
export type Test = (actual: readonly string[] | undefined, expected: readonly string[]) => boolean;

type Comparison = (actual: string, expected: string) => boolean;

const same: Comparison = (actual, expected) => actual === expected;
const sameIgnoringCase: Comparison = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();
const like: Comparison = (actual, expected) => wildcardMatch(expected, actual);

/** Operator to comparison and whether it is negated: a negated one also holds when the key is absent. */
const OPERATORS: Readonly<Record<string, { compare: Comparison; negated: boolean }>> = {
  StringEquals: { compare: same, negated: false },
  StringNotEquals: { compare: same, negated: true },
  StringEqualsIgnoreCase: { compare: sameIgnoringCase, negated: false },
  StringLike: { compare: like, negated: false },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: like, negated: false },
  ArnLike: { compare: like, negated: false },
  ArnNotEquals: { compare: like, negated: true },
  ArnNotLike: { compare: like, negated: true },
  Bool: { compare: sameIgnoringCase, negated: false },
  NumericEquals: { compare: (a, b) => Number(a) === Number(b), negated: false },
  NumericLessThan: { compare: (a, b) => Number(a) < Number(b), negated: false },
  NumericGreaterThan: { compare: (a, b) => Number(a) > Number(b), negated: false },
  DateLessThan: { compare: (a, b) => Date.parse(a) < Date.parse(b), negated: false },
};

/** What an operator tests, with `…IfExists`, `ForAnyValue:` and `Null`; undefined for one that is not simulated. */
export function operatorTest(name: string): Test | undefined {
  if (name === "Null") return (actual, expected) => expected.includes(String(actual === undefined));
  const [, anyValue = "", plain = "", ifExists = ""] = /^(ForAnyValue:)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = Object.hasOwn(OPERATORS, plain) ? OPERATORS[plain] : undefined;
  if (!operator) return undefined;
  const { compare, negated } = operator;
  return (actual, expected) => {
    if (actual === undefined) return ifExists !== "" || (negated && anyValue === "");
    const matches = (value: string) => expected.some((one) => compare(value, one)) !== negated;
    return anyValue === "" && negated ? actual.every(matches) : actual.some(matches);
  };
}
