/** The repository's workflows, as an administrator's settings have them: https://docs.github.com/rest/actions/workflows */
import type { Handler } from "../api.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { iso, nodeId, repositoryPage, repositoryUrl } from "../present-people.ts";
import type { JsonObject, WorkflowState } from "../types.ts";
import type { World } from "../world.ts";

function workflow(world: World, name: string, state: WorkflowState): JsonObject {
  const path = `.github/workflows/${name}`;
  const id = world.runs.workflowId(path);
  const since = iso(world.clock.now());
  return {
    id,
    node_id: nodeId("W", id),
    name: name.replace(/\.ya?ml$/, ""),
    path,
    state,
    created_at: since,
    updated_at: since,
    url: `${repositoryUrl(world)}/actions/workflows/${id}`,
    html_url: `${repositoryPage(world)}/blob/${world.seed.defaultBranch}/${path}`,
    badge_url: `${repositoryPage(world)}/workflows/${name}/badge.svg`,
  };
}

export const workflowOperations = {
  "actions/list-repo-workflows": (request, world) =>
    paged(
      request,
      world,
      Object.entries(world.settings.workflows ?? {}),
      ([name, state]) => workflow(world, name, state),
      "workflows",
    ),
} satisfies Partial<Record<OperationId, Handler>>;
