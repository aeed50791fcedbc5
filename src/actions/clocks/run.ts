import { resolve } from "node:path";
import { type ClocksRun, runClocks } from "../../clocks/run-clocks.ts";
import { describeError, FirebreakError } from "../../errors.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { resolveVault } from "../../runbook/target.ts";
import type { ClocksInputs } from "./inputs.ts";
import { clocksTable } from "./summary.ts";

/**
 * Says of every incident of an environment what is due and what is overdue, reminds people of it, and tells again who has
 * not answered. Changes nothing but vault, ledger and issue.
 * @throws FirebreakError `clocks-failed` when it failed for an incident, or no message reached somebody, once all others
 * are done; the outputs are set all the same.
 */
export async function run(inputs: ClocksInputs, deps: ActionDeps): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const { vault: bucket, region } = resolveVault(runbook, inputs.environment);
  if (!runbook.clocks)
    deps.log.warning("The runbook has no clocks: nothing says when anybody is to be reminded.");
  const vault = { s3: deps.aws(region).s3, bucket };
  const clocks = await runClocks(deps, runbook, inputs.environment, vault, {
    dryRun: inputs.dryRun,
    only: inputs.incident,
  });
  for (const [incident, { reminded, told }] of clocks.done)
    deps.log.info(
      `${incident}  ${inputs.dryRun ? "would remind of" : "reminded of"} ${reminded.join(", ") || "nothing"}${told.length === 0 ? "" : `; told: ${told.join(", ")}`}`,
    );
  const now = deps.clock.now();
  await deps.summary(clocksTable(clocks, now, inputs.dryRun));
  const open = [...clocks.incidents.values()].flatMap((row) => row.open);
  const overdue = open.filter(({ due }) => Date.parse(due) <= now.getTime()).length;
  const outputs = {
    reminded: JSON.stringify(
      [...clocks.done].flatMap(([incident, { reminded }]) => reminded.map((about) => ({ incident, about }))),
    ),
    due: String(open.length - overdue),
    overdue: String(overdue),
  };
  const failed = failure(clocks, inputs.environment, outputs);
  for (const [incident, error] of clocks.failures) deps.log.error(`${incident}  ${describeError(error)}`);
  if (failed) throw failed;
  return outputs;
}

function failure(
  { failures, undelivered }: ClocksRun,
  environment: string,
  outputs: Outputs,
): FirebreakError | undefined {
  const [first] = failures.values();
  if (first !== undefined)
    return new FirebreakError(
      "clocks-failed",
      `The clocks failed for ${[...failures.keys()].join(", ")}. First: ${first instanceof Error ? first.message : String(first)}`,
      first instanceof FirebreakError ? first.remedy : "Read the log above.",
      { outputs, cause: first },
    );
  if (undelivered.size === 0) return undefined;
  const commands = [...undelivered.keys()].map(
    (incident) =>
      `gh workflow run clocks.yml -f incident=${incident.replace("INC-", "")} -f environment=${environment}`,
  );
  const whom = [...undelivered].map(
    ([incident, people]) => `${[...new Set(people.map(({ who }) => who))].join(", ")} about ${incident}`,
  );
  return new FirebreakError(
    "not-told",
    `No message certainly reached ${whom.join("; ")}.`,
    `Telephone them now. Then mend the channels that the ledger names. What certainly failed the clocks try again by themselves, later each time, and at once when you run: ${commands.join("; ")}`,
    { outputs },
  );
}
