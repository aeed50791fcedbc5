import { createHash } from "node:crypto";
import type { data } from "@actions/expressions";
import type { RunHost, RunRecord } from "../contracts.ts";
import { toData, type Value } from "./expressions.ts";
import type { Workflow } from "./workflow.ts";

/** The webhook payload and the `github` context of a run. */

export interface EventFacts {
  name: string;
  actor: string;
  /** For `workflow_dispatch`: every input as text. */
  inputs: Readonly<Record<string, string>>;
  /** More members of the payload, for example `client_payload` of a repository_dispatch. */
  payload: Readonly<Record<string, Value>>;
}

/** A payload with the members that every event shares and those of a dispatch. */
export function eventPayload(event: EventFacts, workflow: Workflow, host: RunHost): { [key: string]: Value } {
  const dispatch: { [key: string]: Value } =
    event.name === "workflow_dispatch"
      ? { inputs: { ...event.inputs }, ref: refOf(host), workflow: workflow.path }
      : {};
  return { ...dispatch, repository: repositoryOf(host), sender: userOf(event.actor), ...event.payload };
}

/**
 * The `github` context as far as it is the same in every job.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
 */
export function githubContext(
  host: RunHost,
  run: RunRecord,
  workflow: Workflow,
  payload: { [key: string]: Value },
  runNumber: number,
  ref: string = refOf(host),
): Record<string, data.ExpressionData> {
  const [owner = ""] = host.repository.split("/");
  const pull = payload.pull_request as { head: { ref: string }; base: { ref: string } } | undefined;
  const values: Record<string, Value> = {
    actor: run.actor,
    actor_id: String(userId(run.actor)),
    api_url: host.apiUrl,
    base_ref: pull?.base.ref ?? "",
    event: payload,
    event_name: run.event,
    graphql_url: `${host.apiUrl}/graphql`,
    head_ref: pull?.head.ref ?? "",
    ref,
    ref_name: ref.replace(/^refs\/(heads|pull)\//, ""),
    ref_protected: false,
    ref_type: "branch",
    repository: host.repository,
    repository_id: String(host.repositoryId),
    repository_owner: owner,
    repository_owner_id: String(host.ownerId),
    repositoryUrl: `git://${new URL(host.serverUrl).host}/${host.repository}.git`,
    retention_days: "90",
    run_attempt: String(run.attempt),
    run_id: String(run.id),
    run_number: String(runNumber),
    secret_source: "Actions",
    server_url: host.serverUrl,
    sha: run.headSha,
    triggering_actor: run.triggeringActor,
    workflow: run.name,
    workflow_ref: `${host.repository}/${workflow.path}@${ref}`,
    workflow_sha: run.headSha,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toData(value)]));
}

export function refOf(host: RunHost): string {
  return `refs/heads/${host.defaultBranch}`;
}

/** A stable number for a login; the host knows users by login only. */
export function userId(login: string): number {
  return createHash("sha256").update(login.toLowerCase()).digest().readUInt32BE(0) % 200_000_000;
}

function repositoryOf(host: RunHost): { [key: string]: Value } {
  const [owner = "", name = ""] = host.repository.split("/");
  return {
    id: host.repositoryId,
    name,
    full_name: host.repository,
    default_branch: host.defaultBranch,
    html_url: `${host.serverUrl}/${host.repository}`,
    url: `${host.apiUrl}/repos/${host.repository}`,
    owner: { login: owner, id: host.ownerId },
  };
}

function userOf(login: string): { [key: string]: Value } {
  return { login, id: userId(login), type: login.endsWith("[bot]") ? "Bot" : "User" };
}
