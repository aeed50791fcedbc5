import { FirebreakError } from "../errors.ts";
import { labelsOf } from "../incident/labels.ts";
import { declaringSignal } from "../incident/proposed.ts";
import { IncidentRecord, type RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { isAtWork, isNear } from "./joinable.ts";
import type { Signal } from "./signal.ts";

/**
 * The open incident that a person has declared for what this signal is about: of the type that it proposes, on its mcp,
 * within the runbook's window. Labels only say where to look; what counts is the ledger. One that another signal declared
 * is none: other signals have incidents of their own.
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
    const record = await ledgerOf(deps, runbook, environment, number);
    const [declared] = record?.chain ?? [];
    if (!record || declared?.kind !== "declared") continue;
    const { data, at } = declared;
    const byPerson = declaringSignal(record.chain) === undefined && !data.declaredBy.login.endsWith("[bot]");
    const near = [data.detectedAt, at].some((moment) => isNear(runbook, signal, moment));
    const alike = data.type === proposed.type && record.mcps.includes(mcp);
    if (byPerson && near && alike && isAtWork(record, mcp)) return number;
  }
  return undefined;
}

/** Undefined for an issue that only looks like an incident. */
async function ledgerOf(
  deps: RecordDeps,
  runbook: Runbook,
  environment: string,
  number: number,
): Promise<IncidentRecord | undefined> {
  try {
    return await IncidentRecord.open(deps, runbook, environment, number);
  } catch (error) {
    if (error instanceof FirebreakError && error.reason === "no-ledger") return undefined;
    throw error;
  }
}
