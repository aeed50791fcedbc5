import { verdictIn } from "../evidence/audit-trail/changers.ts";
import type { LedgerEntry } from "../incident/entries.ts";
import { containmentPlan, manualStepsOf } from "../incident/manual-steps.ts";
import { codeSpan } from "../incident/markdown.ts";
import { viewsOf } from "../incident/mcps.ts";
import { nothingToContain } from "../incident/nothing-to-contain.ts";
import type { IncidentRecord } from "../incident/record.ts";
import { factsOf, ofKind } from "../incident/state.ts";
import type { Log } from "../ports.ts";
import { automaticOf } from "../runbook/play.ts";
import type { Runbook } from "../runbook/schema.ts";

/**
 * Where people do all of an mcp's containment, it is contained once all of the steps are done. The caller renders the issue.
 * @returns whether this call wrote that.
 */
export async function containByHand(deps: { log: Log }, record: IncidentRecord): Promise<boolean> {
  const names = allByHand(record.chain, record.entries, record.runbook);
  if (!names) return false;
  const summary = `by hand: ${names.join(", ")}`;
  const key = "contained/by-hand";
  if (!(await record.append("contained", { action: "by-hand", summary, details: { steps: names } }, key)))
    return false;
  deps.log.info(`${record.id} is contained: every manual step is done`);
  await record.comment(
    key,
    `### Contained by hand\n\nEvery step was done: ${names.map((name) => codeSpan(name)).join(", ")}\n`,
  );
  return true;
}

/** As `containByHand`, of every mcp: a job may have been killed after the last step was confirmed. */
export async function containAllByHand(deps: { log: Log }, record: IncidentRecord): Promise<void> {
  for (const { mcp, entries } of viewsOf(record.chain)) {
    if (!allByHand(record.chain, entries, record.runbook)) continue;
    await containByHand(deps, await record.of(mcp));
    await record.refresh();
  }
}

/**
 * The steps by which people have contained an mcp, all of them done; undefined where that is not so, or shown already.
 * @param entries the mcp's view of the chain.
 */
function allByHand(
  chain: readonly LedgerEntry[],
  entries: readonly LedgerEntry[],
  runbook: Runbook,
): string[] | undefined {
  if (ofKind(entries, "contained").length > 0 || nothingToContain(chain)) return undefined;
  const plan = containmentPlan(entries)?.data.plan;
  const steps = manualStepsOf(entries, runbook);
  // A machine that is only waiting to be told whom the incident is about has still to do its part.
  const automatic = automaticOf(factsOf(entries).type, runbook);
  const protects = automatic.some(({ action }) => action === "protect-audit-logs");
  const noMachine = plan?.action === null && automatic.every(({ action }) => action === "protect-audit-logs");
  // Where nothing could be planned, or the machine has stopped, what stands in for it has to be among them.
  if (!noMachine && !steps.some(({ standsIn }) => standsIn)) return undefined;
  // Before there is a verdict on the audit trail nobody knows yet whether the machine has something to do.
  if (protects && verdictIn(entries) === undefined) return undefined;
  if (steps.length === 0 || steps.some(({ by }) => !by)) return undefined;
  return steps.map(({ id }) => id);
}
