import { labelsOf } from "../incident/labels.ts";
import { declaringSignal } from "../incident/proposed.ts";
import type { RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { isAsSevere, isAtWork, isNear, recordToJoin } from "./joinable.ts";
import type { Signal } from "./signal.ts";

/**
 * The open incident that a person has declared for what this signal is about: of the type that it proposes and at
 * least as severe, on its mcp, within the runbook's window. Labels only say where to look; what counts is the ledger. One
 * that another signal declared is none: other signals have incidents of their own.
 */
export async function declaredByHand(
  deps: RecordDeps,
  runbook: Runbook,
  signal: Signal,
): Promise<number | undefined> {
  const { environment, mcp, proposed } = signal;
  const { owner, repo } = deps.context;
  const [incident, , type, where] = labelsOf({ ...proposed, environment }, "open");
  const window = (runbook.intake?.join_within_minutes ?? 0) * 60_000;
  const issues = await deps.github.paginate(deps.github.rest.issues.listForRepo, {
    owner,
    repo,
    state: "open",
    labels: [incident, type, where].flatMap((label) => label?.name ?? []).join(),
    since: new Date(Date.parse(signal.seenAt) - window).toISOString(),
    per_page: 100,
  });
  // By `since` come those that were changed lately, too.
  for (const { number } of issues.filter(({ created_at }) => isNear(runbook, signal, created_at))) {
    const record = await recordToJoin(deps, runbook, environment, number);
    // An issue that only looks like an incident has none.
    const [declared] = record?.chain ?? [];
    if (!record || declared?.kind !== "declared") continue;
    const { data, at } = declared;
    const byPerson = declaringSignal(record.chain) === undefined && !data.declaredBy.login.endsWith("[bot]");
    const near = [data.detectedAt, at].some((moment) => isNear(runbook, signal, moment));
    const alike = data.type === proposed.type && record.mcps.includes(mcp);
    if (byPerson && near && alike && isAsSevere(record, signal) && isAtWork(record, mcp)) return number;
  }
  return undefined;
}
