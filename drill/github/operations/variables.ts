/** Variables for workflows: https://docs.github.com/rest/actions/variables */
import { bodyOf, type Handler } from "../api.ts";
import { paged } from "../paging.ts";
import type { OperationId } from "../permissions.ts";
import { iso } from "../present-people.ts";
import type { JsonObject } from "../types.ts";
import type { Variable } from "../variable-store.ts";

function variable({ name, value, at }: Variable): JsonObject {
  return { name, value, created_at: iso(at), updated_at: iso(at) };
}

export const variableOperations = {
  "actions/list-repo-variables": (request, world) =>
    paged(request, world, world.variables.list(), variable, "variables"),
  "actions/list-repo-organization-variables": (request, world) => {
    const shared = Object.entries(world.seed.organizationVariables ?? {});
    const variables = shared.map(([name, value]) => ({ name, value, at: 0 }));
    return paged(request, world, variables, variable, "variables");
  },
  "actions/create-repo-variable": (request, world) => {
    const { name, value } = bodyOf(request);
    world.variables.create(String(name), String(value), world.clock.now());
    return { status: 201, json: {} };
  },
} satisfies Partial<Record<OperationId, Handler>>;
