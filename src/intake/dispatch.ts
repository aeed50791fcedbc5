import { FirebreakError } from "../errors.ts";
import type { RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { type Place, placeName } from "./desk.ts";
import type { Signal } from "./signal.ts";

const WORKFLOW = "incident.yml";

/**
 * Starts the incident's workflow, as somebody would by hand. A workflow_dispatch is one of the two events that a job's
 * own token may make (https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow).
 * Nothing but the runbook's words goes along: what was said is read from the vault.
 * @throws FirebreakError `not-dispatched` when GitHub refuses.
 */
export async function dispatchIncident(
  { github, context }: Pick<RecordDeps, "github" | "context">,
  runbook: Runbook,
  place: Place,
  signal: Signal,
): Promise<void> {
  const { owner, repo } = context;
  const inputs = inputsOf(runbook, place, signal);
  try {
    const { data } = await github.rest.repos.get({ owner, repo });
    await github.rest.actions.createWorkflowDispatch({
      owner,
      repo,
      workflow_id: WORKFLOW,
      ref: data.default_branch,
      inputs,
    });
  } catch (cause) {
    throw new FirebreakError(
      "not-dispatched",
      `GitHub did not start ${WORKFLOW} for ${placeName(place)} of ${place.mcp}: ${(cause as Error).message}`,
      `Run this again, or: ${dispatchCommand(runbook, place, signal)}`,
      { cause },
    );
  }
}

/** The same, for a person's terminal. */
export function dispatchCommand(runbook: Runbook, place: Place, signal: Signal): string {
  const fields = Object.entries(inputsOf(runbook, place, signal)).map(
    ([name, value]) => `-f '${name}=${value.replaceAll("'", "")}'`,
  );
  return ["gh workflow run", WORKFLOW, ...fields].join(" ");
}

function inputsOf(runbook: Runbook, place: Place, signal: Signal): Record<string, string> {
  return {
    severity: runbook.severities[signal.proposed.severity].name,
    type: signal.proposed.type,
    environment: signal.environment,
    mcp: signal.mcp,
    summary: signal.summary,
    detected_at: signal.seenAt,
    signal: placeName(place),
  };
}
