import type { Runbook } from "../runbook/schema.ts";
import type { Seen } from "./signal.ts";

type Alerts = NonNullable<Runbook["intake"]>["alerts"];

/**
 * The row of a scanner's alert, and what is proposed where that is not what the row says. A secret that works, as GitHub
 * has found by trying it
 * (https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-a-repository, `validity`),
 * is a credential that is compromised: Critical, unless the runbook says otherwise.
 */
export function ruleOf(
  alerts: Alerts,
  { kind, active }: { kind: "code-scanning" | "secret-scanning"; active: boolean },
): Pick<Seen, "row" | "proposed"> {
  const both = typeof alerts === "string" ? { code: { row: alerts }, secret: { row: alerts } } : alerts;
  if (kind === "code-scanning") {
    const { row, ...proposed } = both.code;
    return { row, proposed };
  }
  const { row, active: whenActive = "critical", ...proposed } = both.secret;
  return { row, proposed: active ? { ...proposed, severity: whenActive } : proposed };
}
