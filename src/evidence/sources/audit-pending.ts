import type { SourceContext } from "../context.ts";
import type { Pending } from "../source-schema.ts";
import type { Appeared } from "./audit-listing-again.ts";
import { type AuditScope, deliveredBy } from "./audit-scope.ts";
import { versionName } from "./audit-versions.ts";

/** What the audit bucket may still get, or got too late for this capture. */
export function pendingOf(
  context: SourceContext,
  scope: AuditScope,
  appeared: readonly Appeared[],
): Pending[] {
  const { clock, target, window } = context;
  const bucket = `s3://${target.auditBucket}/`;
  const pending = appeared.map(({ version }) => ({
    what: `${bucket}${versionName(version)}`,
    why: "it appeared while its neighbours were copied for the last time",
    expectedBy: clock.now().toISOString(),
  }));
  const expected = deliveredBy(context);
  if (clock.now().getTime() >= expected.getTime()) return pending;
  return [
    ...pending,
    {
      what: `objects below ${[...scope.prefixes.slice(-1), ...(scope.late?.prefixes ?? [])].map((prefix) => `${bucket}${prefix}`).join(" and ")} that hold what was logged up to ${window.to.toISOString()}`,
      why: "the service may not have delivered all of it yet",
      expectedBy: expected.toISOString(),
    },
  ];
}
