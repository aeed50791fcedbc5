import { resolve } from "node:path";
import { describeError, FirebreakError } from "../../errors.ts";
import { longestWait } from "../../evidence/sweep/deadline.ts";
import { planSweep, type Swept, sweep } from "../../evidence/sweep/sweep.ts";
import { incidentId } from "../../incident/ledger.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { Runbook } from "../../runbook/schema.ts";
import { resolveVault } from "../../runbook/target.ts";
import { listFolders } from "../../vault/vault.ts";
import { closedIncidents, openIncidents } from "../open-incidents.ts";
import type { SweepInputs } from "./inputs.ts";
import { plannedTable, sweptTable } from "./summary.ts";

/**
 * Collects what arrived late for the evidence of one incident, or of every one that the environment's vault holds and
 * that is open or was closed while something could still be awaited, and says which sources are final. Changes nothing but vault, ledger and issue.
 * @throws FirebreakError `sweep-failed` when it failed for an incident, once all others are done; the outputs are set
 * all the same.
 */
export async function run(inputs: SweepInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const numbers = inputs.incident === undefined ? await swept(inputs, deps, runbook) : [inputs.incident];
  const open = (number: number) => IncidentRecord.open(deps, runbook, inputs.environment, number);
  if (inputs.dryRun) return dryRun(deps, numbers, open);
  const done: Swept[] = [];
  const failures = new Map<string, unknown>();
  const fail = (incident: string, error: unknown) => {
    if (!failures.has(incident)) failures.set(incident, error);
    deps.log.error(`${incident}  ${describeError(error)}`);
  };
  for (const number of numbers) {
    const incident = incidentId(number);
    try {
      const record = await open(number);
      for (const mcp of record.mcps) {
        try {
          done.push(await sweepOne(deps, await record.of(mcp)));
        } catch (error) {
          fail(incident, error);
        }
      }
    } catch (error) {
      fail(incident, error);
    }
  }
  await deps.summary(sweptTable(done, failures));
  const outputs = {
    swept: JSON.stringify([...new Set(done.map(({ incident }) => incident))]),
    open: String(done.reduce((sum, one) => sum + one.open.length, 0)),
    captures: JSON.stringify(
      done.flatMap(({ incident, captures }) => captures.map((capture) => ({ incident, capture }))),
    ),
  };
  if (failures.size > 0) throw failure(failures, outputs);
  return outputs;
}

async function sweepOne(deps: ActionDeps, record: IncidentRecord): Promise<Swept> {
  const before = record.chain.length;
  try {
    const swept = await sweep(deps, record);
    const { captures, final, open } = swept;
    deps.log.info(
      `${record.id}  ${captures.length} captures added, ${final.length} sources became final, ${open.length} are open`,
    );
    return swept;
  } finally {
    if (record.chain.length > before) await record.project();
  }
}

/** For this long the schedule may fail, and a closed incident is still brought to its end. */
const GRACE_MS = 7 * 24 * 3_600_000;

/** The open incidents that the vault holds, and those closed lately. An open one without anything there is `verify-evidence`'s to report. */
async function swept(inputs: SweepInputs, deps: ActionDeps, runbook: Runbook): Promise<number[]> {
  const { vault: bucket, region } = resolveVault(runbook, inputs.environment);
  const here = new Set(await listFolders({ s3: deps.aws(region).s3, bucket }, "incidents/"));
  const numbers = await openIncidents(deps, here, inputs.environment);
  const missing = numbers.filter((number) => !here.has(incidentId(number)));
  if (missing.length > 0)
    deps.log.warning(
      `Nothing lies in s3://${bucket} of ${missing.map(incidentId).join(", ")}: there is nothing to sweep.`,
    );
  const after = new Date(deps.clock.now().getTime() - longestWait(runbook) - GRACE_MS);
  const closed = await closedIncidents(deps, here, inputs.environment, after);
  return [...new Set([...numbers, ...closed])].filter((number) => here.has(incidentId(number)));
}

async function dryRun(
  deps: ActionDeps,
  numbers: readonly number[],
  open: (number: number) => Promise<IncidentRecord>,
): Promise<Outputs> {
  const planned = [];
  for (const number of numbers) {
    const record = await open(number);
    for (const mcp of record.mcps)
      for (const judged of await planSweep(deps, await record.of(mcp)))
        planned.push({ incident: record.id, judged });
  }
  for (const { incident, judged } of planned)
    deps.log.info(`${incident}  capture ${judged.chain.first.capture}, ${judged.source}: ${judged.state}`);
  await deps.summary(plannedTable(planned));
  return {};
}

function failure(failures: ReadonlyMap<string, unknown>, outputs: Outputs): FirebreakError {
  const [first] = failures.values();
  const remedy = first instanceof FirebreakError ? first.remedy : "Read the log above.";
  return new FirebreakError(
    "sweep-failed",
    `The sweep failed for ${[...failures.keys()].join(", ")}. First: ${first instanceof Error ? first.message : String(first)}`,
    remedy,
    { outputs, cause: first },
  );
}
