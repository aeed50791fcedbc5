/**
 * What happens in the repository and starts workflows. Nothing that a GITHUB_TOKEN does is told, but the two dispatches:
 * https://docs.github.com/actions/concepts/security/github_token#when-github_token-triggers-workflow-runs
 */
import { ACTIONS_BOT, type Caller, type JsonObject } from "./types.ts";
import type { World } from "./world.ts";

export interface RepositoryEvent {
  /** `issues`, `issue_comment`, `pull_request`, `push`, `repository_dispatch`. */
  name: string;
  /** The activity type, `closed` for example; null for an event without any. */
  action: string | null;
  actor: string;
  /** Members of the webhook payload besides `repository` and `sender`. */
  payload: JsonObject;
  /** Where it happened, when not on the default branch: `refs/pull/7/merge`. */
  ref?: string;
  /** For `push`: the branch and the paths. */
  push?: { branch: string; paths: readonly string[] };
}

export function tell(world: World, caller: Caller, event: Omit<RepositoryEvent, "actor">): void {
  if (caller.kind === "job" && event.name !== "repository_dispatch") return;
  const actor = caller.kind === "job" ? ACTIONS_BOT : caller.login;
  const payload = event.action === null ? event.payload : { action: event.action, ...event.payload };
  world.hooks.onEvent?.({ ...event, actor, payload });
}
