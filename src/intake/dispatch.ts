import { FirebreakError } from "../errors.ts";
import { preserveCommand } from "../incident/commands.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import type { Runbook } from "../runbook/schema.ts";
import { type Place, placeName } from "./desk.ts";
import type { Signal } from "./signal.ts";

/**
 * Starts workflows, as somebody would by hand. A workflow_dispatch is one of the two events that a job's own token may make
 * (https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/trigger-a-workflow).
 */

const INCIDENT = "incident.yml";

type Deps = Pick<RecordDeps, "github" | "context">;

/**
 * Starts the incident's workflow. Nothing but the runbook's words goes along: what was said is read from the vault.
 * @throws FirebreakError `not-dispatched` when GitHub refuses.
 */
export function dispatchIncident(deps: Deps, runbook: Runbook, place: Place, signal: Signal): Promise<void> {
  return start(deps, {
    workflow: INCIDENT,
    inputs: inputsOf(runbook, place, signal),
    what: `${placeName(place)} of ${place.mcp}`,
    command: dispatchCommand(runbook, place, signal),
  });
}

/**
 * Preserves the evidence of an incident's mcp anew, for a signal that has joined it.
 * @throws FirebreakError `not-dispatched` when GitHub refuses.
 */
export function dispatchPreserve(deps: Deps, record: IncidentRecord): Promise<void> {
  const { environment, mcp } = record.target;
  return start(deps, {
    workflow: "preserve.yml",
    inputs: { incident: String(record.number), environment, mcp },
    what: `${mcp} of ${record.id}, which a signal has joined`,
    command: preserveCommand(record),
  });
}

interface Start {
  workflow: string;
  inputs: Record<string, string>;
  /** For whom, and how a person does the same. */
  what: string;
  command: string;
}

async function start({ github, context }: Deps, { workflow, inputs, what, command }: Start): Promise<void> {
  const { owner, repo } = context;
  try {
    const { data } = await github.rest.repos.get({ owner, repo });
    await github.rest.actions.createWorkflowDispatch({
      owner,
      repo,
      workflow_id: workflow,
      ref: data.default_branch,
      inputs,
    });
  } catch (cause) {
    throw new FirebreakError(
      "not-dispatched",
      `GitHub did not start ${workflow} for ${what}: ${(cause as Error).message}`,
      `Run this again, or: ${command}`,
      { cause },
    );
  }
}

/** The incident's workflow, for a person's terminal. */
export function dispatchCommand(runbook: Runbook, place: Place, signal: Signal): string {
  const fields = Object.entries(inputsOf(runbook, place, signal)).map(
    ([name, value]) => `-f '${name}=${value.replaceAll("'", "")}'`,
  );
  return ["gh workflow run", INCIDENT, ...fields].join(" ");
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
