import { canonicalJson } from "../vault/digest.ts";
import { shown } from "./deny-by-hand.ts";

/** The policies that a revocation writes, and how two policies differ. */

const EVERYBODY_BUT = "everybody but some";

/** The name of the inline policy that ends an incident's sessions. @param incident `INC-42`. */
export function denialName(incident: string): string {
  return `Firebreak-${incident}-RevokeOlderSessions`;
}

/**
 * Denies everything to whoever took on the role before a moment, as the console's "Revoke sessions" does
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html).
 */
export function denialOf(before: Date): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": before.toISOString() } },
      },
    ],
  });
}

/**
 * A trust policy that lets nobody in: it allows nothing, and denies everybody by name. IAM takes no trust policy without
 * a statement.
 */
export const CLOSED_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

/**
 * Whom a trust policy lets in, in words; what cannot be read is said to be so. Whoever may write the policy chose the
 * names, and a plan shows them.
 */
export function letIn(trust: string): string[] {
  const statements = parsed(trust)?.Statement;
  if (statements === undefined) return ["(the trust policy cannot be read)"];
  const allowing = (Array.isArray(statements) ? statements : [statements]).filter(
    (statement): statement is { Principal?: unknown } =>
      typeof statement === "object" && statement !== null && statement.Effect === "Allow",
  );
  const names = allowing.flatMap(({ Principal: principal }) =>
    typeof principal === "object" && principal !== null
      ? Object.values(principal as Record<string, unknown>).flat()
      : [principal ?? EVERYBODY_BUT],
  );
  return [...new Set(names.map((name) => inWords(String(name))))].sort();
}

function inWords(name: string): string {
  return name === "*" || name === EVERYBODY_BUT ? name : shown(name);
}

/** The lines by which two policies differ, the former's with `-`, the latter's with `+`. */
export function policyDiff(was: string | null, is: string | null): string[] {
  const [before, after] = [linesOf(was), linesOf(is)];
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [
    ...before.slice(start, before.length - end).map((line) => `- ${line}`),
    ...after.slice(start, after.length - end).map((line) => `+ ${line}`),
  ];
}

/** Laid out line by line, members in order, when it is JSON; else as it is. */
function linesOf(text: string | null): string[] {
  if (text === null) return ["(none)"];
  const value = parsed(text);
  return (value ? JSON.stringify(JSON.parse(canonicalJson(value)), null, 2) : text).split("\n");
}

function parsed(text: string): { Statement?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
