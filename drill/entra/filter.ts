/** The part of OData's `$filter` that the list of sign-ins takes. https://learn.microsoft.com/graph/api/signin-list */
import { GraphRefusal } from "./errors.ts";
import { SIGN_IN_KINDS, type SignIn, type SignInKind } from "./sign-ins.ts";

type Test = (signIn: SignIn) => boolean;

/** Which sign-ins a filter lets through. Throws `GraphRefusal` for a clause that the list does not take. */
export function signInFilter(filter: string | null, version: "v1.0" | "beta"): Test {
  const clauses = filter === null || filter.trim() === "" ? [] : splitAnd(filter);
  const tests = clauses.map((clause) => clauseTest(clause, version));
  // Only people at a screen, unless the filter names kinds.
  if (!clauses.some((clause) => clause.startsWith("signInEventTypes"))) {
    tests.push(({ kind }) => kind === "interactiveUser");
  }
  return (signIn) => tests.every((test) => test(signIn));
}

function clauseTest(clause: string, version: "v1.0" | "beta"): Test {
  const moment = /^createdDateTime (ge|le|eq) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)$/.exec(clause);
  if (moment) {
    const at = Date.parse(moment[2] ?? "");
    return ({ createdAt }) => compare(Math.floor(createdAt / 1000) * 1000, moment[1] ?? "", at);
  }
  const named = /^(appDisplayName|resourceDisplayName|appId) eq '((?:[^']|'')*)'$/.exec(clause);
  if (named) {
    const member = named[1] as "appDisplayName" | "resourceDisplayName" | "appId";
    const wanted = (named[2] ?? "").replaceAll("''", "'");
    return (signIn) => signIn[member].toLowerCase() === wanted.toLowerCase();
  }
  const kinds = /^signInEventTypes\/any\((\w+): ?(.+)\)$/.exec(clause);
  if (kinds && version === "beta") {
    const wanted = new Set((kinds[2] ?? "").split(" or ").map((term) => kindIn(term, kinds[1] ?? "")));
    return ({ kind }) => wanted.has(kind);
  }
  throw invalidFilter();
}

function kindIn(term: string, variable: string): SignInKind {
  const name = new RegExp(`^${variable} eq '(\\w+)'$`).exec(term.trim())?.[1];
  return SIGN_IN_KINDS.find((kind) => kind === name) ?? fail();
}

function compare(value: number, operator: string, other: number): boolean {
  if (operator === "ge") return value >= other;
  return operator === "le" ? value <= other : value === other;
}

/** At the ands outside quotes and parentheses. */
function splitAnd(filter: string): string[] {
  const clauses: string[] = [];
  let [depth, quotedText, start] = [0, false, 0];
  for (let index = 0; index < filter.length; index += 1) {
    const character = filter[index];
    if (character === "'") quotedText = !quotedText;
    if (quotedText) continue;
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth === 0 && filter.startsWith(" and ", index)) {
      clauses.push(filter.slice(start, index).trim());
      start = index + " and ".length;
    }
  }
  clauses.push(filter.slice(start).trim());
  return clauses;
}

function fail(): never {
  throw invalidFilter();
}

function invalidFilter(): GraphRefusal {
  return new GraphRefusal(400, "BadRequest", "Invalid filter clause");
}
