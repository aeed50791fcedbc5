import { resolve } from "node:path";
import { z } from "zod";
import { missingList, missingSteps } from "../../incident/closing.ts";
import { readIssue } from "../../incident/issue.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { openAgain, reopenedKey } from "../../incident/reopening.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { CommonInputs } from "../inputs.ts";
import { readEvent } from "../receive-indicator/event.ts";

/** What of the event is looked at. */
const eventSchema = z.object({
  action: z.literal("closed"),
  issue: z.object({ number: z.number().int().positive(), closed_at: z.iso.datetime({ offset: true }) }),
});

/**
 * Opens an incident's issue again that somebody closed while something was still to be done, and says what, in one comment
 * which is edited when it happens again. Leaves closed what is over, what is no incident of this environment, and what
 * somebody has opened again meanwhile. Done again it changes nothing more.
 */
export async function run(inputs: CommonInputs, deps: ActionDeps): Promise<Outputs> {
  const event = eventSchema.safeParse(await readEvent(deps.context));
  if (!event.success) return left(deps, "The event is not about a closed issue.");
  const closed = event.data.issue;
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.find(deps, runbook, inputs.environment, closed.number);
  if (!record) return left(deps, `There is no incident of that number in ${inputs.environment}.`);
  const missing = missingSteps(record.chain, runbook);
  if (missing.length === 0) return left(deps, `${record.id} is over: its issue stays closed.`);
  const issue = await readIssue(deps, record.number);
  const begun = record.chain.some(({ key }) => key === reopenedKey(closed.closed_at));
  if (!begun && issue.state !== "closed")
    return left(deps, `Somebody has opened the issue of ${record.id} again.`);
  const ids = missing.map(({ id }) => id).join(",");
  if (inputs.dryRun) {
    deps.log.info(`dry run  would open ${record.id} again: ${ids}`);
    return { reopened: "true", missing: ids };
  }
  if (issue.state === "closed") await openAgain(deps, record, issue);
  await record.project();
  await deps.summary(`### ${record.id} is open again\n\n${missingList(missing)}\n`);
  return { reopened: "true", missing: ids };
}

function left({ log }: ActionDeps, why: string): Outputs {
  log.info(why);
  return { reopened: "false", missing: "" };
}
