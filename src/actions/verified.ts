import type { EntryData } from "../incident/entries.ts";
import type { IncidentRecord } from "../incident/record.ts";
import type { ActionDeps } from "../ports.ts";
import { ledgerOfRecord } from "../review/record-text.ts";
import { type IncidentReport, verifyIncident } from "../verify/incident.ts";
import { S3Store } from "../verify/s3-store.ts";

const NAMED = 10;

/**
 * Has the verifier check the incident's evidence, and its verdict put into the ledger; not again while nothing has been
 * added since it was found in order. Whatever it says, the review goes on: it is part of what is reviewed.
 */
export async function recordVerification(deps: ActionDeps, record: IncidentRecord): Promise<void> {
  const newest = ledgerOfRecord(record.chain).findLast(({ kind }) => kind !== "evidence-verified");
  const key = `evidence-verified/${newest?.sequence ?? 0}`;
  if (record.all("evidence-verified").some((entry) => entry.key === `${key}/verified`)) return;
  const data = await verdictOn(deps, record);
  if (data.verdict !== "verified")
    deps.log.warning(
      `The evidence of ${record.id} is ${data.verdict.replaceAll("-", " ")}: ${data.found.join("; ")}`,
    );
  await record.append("evidence-verified", data, `${key}/${data.verdict}`);
}

async function verdictOn(deps: ActionDeps, record: IncidentRecord): Promise<EntryData<"evidence-verified">> {
  const { vault, region } = record.target;
  const store = new S3Store(deps.aws(region).s3, vault, () => deps.clock.now());
  try {
    return summarised(await verifyIncident(store, record.id));
  } catch (error) {
    const found = [`The vault could not be read: ${(error as Error).message}`];
    return { verdict: "could-not-check", ledgerHead: null, captures: [], found, findings: 1 };
  }
}

function summarised({
  verdict,
  ledger,
  captures,
  problems,
  unchecked,
}: IncidentReport): EntryData<"evidence-verified"> {
  const findings = [...problems, ...unchecked];
  return {
    verdict,
    ledgerHead: ledger.head,
    captures: captures.map(({ capture, manifestSha256 }) => ({ capture, manifestSha256 })),
    found: findings.slice(0, NAMED).map(({ message }) => message.slice(0, 1_000)),
    findings: findings.length,
  };
}
