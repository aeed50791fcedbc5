import { meansTheSame } from "../evidence/audit-trail/live-policy.ts";
import { rolePrincipal } from "../evidence/role-principal.ts";
import { type Finding, held, refusal, refused } from "../gate/request.ts";
import { undoCommand } from "../incident/commands.ts";
import type { IncidentFacts } from "../incident/entries.ts";
import { readLedger } from "../incident/ledger.ts";
import type { Plan } from "../incident/plan.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { automaticOf } from "../runbook/play.ts";
import { intended, ROLE_PLAYS } from "./changes.ts";
import { closeTrust } from "./close-trust.ts";
import { otherIncidents } from "./contained-elsewhere.ts";
import { begunStep } from "./engine/progress.ts";
import { CLOSED_TRUST } from "./iam-documents.ts";
import { roleNameOf } from "./iam-role.ts";
import { STEPS } from "./steps.ts";

/**
 * No other incident keeps the trust policy closed that this way back would open. Sessions need no such check: each
 * incident denies them by a policy of its own.
 *
 * An other incident's closing counts while it is not taken back, unless this incident closed later and found the policy
 * open: then that one had been taken back by hand.
 * @throws FirebreakError `ledger-broken` when the ledger of an incident about this role cannot be read.
 */
export async function checkRoleElsewhere(record: IncidentRecord, plan: Plan | undefined): Promise<Finding> {
  const role = plan?.steps.find(({ id }) => id === STEPS.reopenTrust)?.target;
  if (role === undefined) return held("");
  const foundOpen = intended(record.entries, ROLE_PLAYS, STEPS.closeTrust).findLast(
    ({ data }) => !meansTheSame(String(data.from.trustPolicy), CLOSED_TRUST),
  );
  const holding: { id: string; target: { environment: string; mcp: string } }[] = [];
  for (const id of await otherIncidents(record, (facts) => mayBeAbout(record, facts, role))) {
    const entries = await readLedger(record.vault, id);
    const closing = ROLE_PLAYS.map((play) => begunStep(entries, play, closeTrust(null))).find(Boolean);
    const last = intended(entries, ROLE_PLAYS, STEPS.closeTrust).at(-1);
    if (closing?.target !== role || !last || (foundOpen && last.at < foundOpen.at)) continue;
    const [first] = entries;
    holding.push({ id, target: first?.kind === "declared" ? first.data : record.target });
  }
  if (holding.length === 0) return held("no other incident keeps the role's trust policy closed");
  const message = `The trust policy of ${role} is kept closed by ${holding.map(({ id }) => id).join(", ")} as well: opening it for ${record.id} would let the same ones in there, too.`;
  const remedy = `Once nobody holds the role there who should not, undo first: ${holding.map(undoCommand).join("; ")}. Then: ${undoCommand(record)}`;
  return refused(refusal("contained-elsewhere", message, remedy));
}

/** An incident about the audit trail that was declared without a principal may have found one since. */
function mayBeAbout({ runbook }: IncidentRecord, { principal, type }: IncidentFacts, role: string): boolean {
  if (principal === null)
    return automaticOf(type, runbook).some(({ action }) => action === "protect-audit-logs");
  const named = rolePrincipal(principal)?.name;
  return named?.toLowerCase() === roleNameOf(role).toLowerCase();
}
