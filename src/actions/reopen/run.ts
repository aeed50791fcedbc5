import { resolve } from "node:path";
import { z } from "zod";
import { FirebreakError } from "../../errors.ts";
import { type MissingStep, missingList, missingSteps } from "../../incident/closing.ts";
import { keepComment } from "../../incident/issue.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { IncidentRecord } from "../../incident/record.ts";
import { ofKind } from "../../incident/state.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import type { CommonInputs } from "../inputs.ts";
import { readEvent } from "../receive-indicator/event.ts";

/** What of the event is looked at. */
const eventSchema = z.object({
  action: z.literal("closed"),
  issue: z.object({ number: z.number().int().positive(), closed_at: z.iso.datetime({ offset: true }) }),
  sender: z.object({ login: z.string().min(1) }),
});
type Closed = z.infer<typeof eventSchema>;

/** Under this name jobs write with their own token: https://docs.github.com/en/actions/concepts/security/github_token */
const OURSELVES = "github-actions[bot]";
const COMMENT = "issue-reopened";

/**
 * Opens an incident's issue again that somebody closed while something was still to be done, and says what, in one comment
 * which is edited when it happens again. Leaves closed what is over, what is no incident of this environment, and what
 * somebody has opened again meanwhile. Done again it changes nothing more.
 */
export async function run(inputs: CommonInputs, deps: ActionDeps): Promise<Outputs> {
  const event = eventSchema.safeParse(await readEvent(deps.context));
  if (!event.success) return left(deps, "The event is not about a closed issue.");
  const closed = event.data;
  if (closed.sender.login === OURSELVES) return left(deps, "Firebreak closed the issue itself.");
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await openHere(deps, inputs, runbook, closed.issue.number);
  if (!record) return left(deps, `There is no incident of that number in ${inputs.environment}.`);
  const missing = missingSteps(record.chain, runbook);
  if (missing.length === 0) return left(deps, `${record.id} is over: its issue stays closed.`);
  const key = `issue-reopened/${closed.issue.closed_at}`;
  const begun = record.chain.some((entry) => entry.key === key);
  if (!begun && !(await isClosed(deps, record.number)))
    return left(deps, `Somebody has opened the issue of ${record.id} again.`);
  if (inputs.dryRun) {
    deps.log.info(`dry run  would open ${record.id} again: ${missing.map(({ id }) => id).join(", ")}`);
    return outputs(missing);
  }
  await reopen(deps, record, closed, key, missing);
  await deps.summary(`### ${record.id} is open again\n\n${missingList(missing)}\n`);
  return outputs(missing);
}

async function reopen(
  deps: ActionDeps,
  record: IncidentRecord,
  { issue, sender }: Closed,
  key: string,
  missing: readonly MissingStep[],
): Promise<void> {
  const { owner, repo } = deps.context;
  const data = { closedBy: sender.login, closedAt: issue.closed_at, missing: missing.map(({ id }) => id) };
  await record.append("issue-reopened", data, key);
  const open = { owner, repo, issue_number: record.number, state: "open" as const };
  await deps.github.rest.issues.update(open);
  const times = ofKind(record.chain, "issue-reopened").length;
  await keepComment(deps, record.number, COMMENT, words(record, sender.login, times, missing));
  await record.project();
}

function words(
  record: IncidentRecord,
  closedBy: string,
  times: number,
  missing: readonly MissingStep[],
): string {
  const again =
    times > 1 ? ` (${times} times so far, ${codeSpan(closedBy, 60)} last)` : ` by ${codeSpan(closedBy, 60)}`;
  return [
    `Thank you for tidying up. ${record.id} was closed${again} while something is still to be done, so it is open again. Its issue is closed by itself once nothing of this is left:`,
    "",
    missingList(missing),
  ].join("\n");
}

async function openHere(
  deps: ActionDeps,
  { environment }: CommonInputs,
  runbook: Awaited<ReturnType<typeof loadRunbook>>,
  number: number,
): Promise<IncidentRecord | undefined> {
  try {
    return await IncidentRecord.open(deps, runbook, environment, number);
  } catch (error) {
    if (error instanceof FirebreakError && error.reason === "no-ledger") return undefined;
    throw error;
  }
}

async function isClosed({ github, context }: ActionDeps, number: number): Promise<boolean> {
  const { owner, repo } = context;
  const { data } = await github.rest.issues.get({ owner, repo, issue_number: number });
  return data.state === "closed";
}

function left({ log }: ActionDeps, why: string): Outputs {
  log.info(why);
  return { reopened: "false", missing: "" };
}

function outputs(missing: readonly MissingStep[]): Outputs {
  return { reopened: "true", missing: missing.map(({ id }) => id).join(",") };
}
