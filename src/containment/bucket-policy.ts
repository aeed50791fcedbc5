import { type ReadStatement, readPolicy } from "../evidence/audit-trail/policy.ts";

/**
 * In what two bucket policies differ, a line a statement: what the former has alone with `-`, what the latter has alone
 * with `+`. Each by its meaning, so that order and spelling are no difference; one that cannot be read is shown as it is.
 */
export function statementDiff(was: string | null, is: string | null): string[] {
  const [before, after] = [statementsOf(was), statementsOf(is)];
  return [
    ...without(before, after).map((line) => `- ${line}`),
    ...without(after, before).map((line) => `+ ${line}`),
  ];
}

function statementsOf(policy: string | null): string[] {
  if (policy === null) return ["(no policy)"];
  try {
    const { version, statements } = readPolicy(policy);
    return [`Version: ${version}`, ...statements.map(lineOf)];
  } catch {
    return policy.split("\n");
  }
}

function lineOf({ sid, text }: ReadStatement): string {
  return `${sid}: ${text}`;
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return lines.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
