/**
 * What a role's own policies decide about a call, as far as the drill needs it: Action, NotAction, Resource and the
 * condition on aws:TokenIssueTime. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { wildcardMatch } from "../wildcard.ts";
import type { IamStore, Role } from "./store.ts";

export interface Evaluated {
  decision: "allowed" | "explicitDeny" | "implicitDeny";
  /** Ids of the policies whose statements decided. */
  by: string[];
}

interface Statement {
  Effect?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  Condition?: unknown;
}

/** @param issuedAt when the session was begun; null where the caller does not say: no condition on it holds then. */
export function evaluate(
  store: IamStore,
  role: Role,
  request: { action: string; resource: string; issuedAt: number | null },
): Evaluated {
  const policies = [
    ...[...role.inline].map(([name, text]) => ({ id: `role_${role.name}_${name}`, text })),
    ...role.attached.map((arn) => ({ id: arn, text: store.policy(arn).versions.at(-1) ?? "{}" })),
  ];
  const matching = (effect: string) =>
    policies
      .filter(({ text }) =>
        statementsOf(text).some((statement) => statement.Effect === effect && applies(statement, request)),
      )
      .map(({ id }) => id);
  const denied = matching("Deny");
  if (denied.length > 0) return { decision: "explicitDeny", by: denied };
  const allowed = matching("Allow");
  return { decision: allowed.length > 0 ? "allowed" : "implicitDeny", by: allowed };
}

/** Whether a trust policy lets anybody in at all. */
export function letsSomebodyIn(trust: string): boolean {
  return statementsOf(trust).some(({ Effect }) => Effect === "Allow");
}

function statementsOf(text: string): Statement[] {
  const { Statement: statements = [] } = JSON.parse(text) as { Statement?: Statement | Statement[] };
  return [statements].flat();
}

function applies(
  { Action, NotAction, Resource = "*", Condition }: Statement,
  { action, resource, issuedAt }: { action: string; resource: string; issuedAt: number | null },
): boolean {
  const named = (patterns: unknown) =>
    [patterns].flat().some((one) => wildcardMatch(String(one).toLowerCase(), action.toLowerCase()));
  const right = Action === undefined ? !named(NotAction) : named(Action);
  return (
    right &&
    [Resource].flat().some((one) => wildcardMatch(String(one), resource) || resource === "*") &&
    conditionHolds(Condition, issuedAt)
  );
}

/** Anything but DateLessThan on aws:TokenIssueTime does not hold. */
function conditionHolds(condition: unknown, issuedAt: number | null): boolean {
  if (condition === undefined) return true;
  const [[operator, keys] = ["", {}], ...more] = Object.entries(condition as Record<string, object>);
  const [[key, value] = ["", ""], ...others] = Object.entries(keys ?? {});
  if (more.length > 0 || others.length > 0 || operator !== "DateLessThan") return false;
  return (
    key.toLowerCase() === "aws:tokenissuetime" && issuedAt !== null && issuedAt < Date.parse(String(value))
  );
}
