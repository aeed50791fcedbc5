/** The repository and its people. */
import { type Handler, textIn } from "../api.ts";
import { notFound } from "../errors.ts";
import type { OperationId } from "../permissions.ts";
import { fullRepository, publicUser } from "../present-people.ts";

export const repositoryOperations = {
  "repos/get": (_, world) => ({ status: 200, json: fullRepository(world) }),
  "users/get-by-username": (request, world) => {
    const account = world.people.find(textIn(request, "username"));
    if (account === undefined) throw notFound();
    return { status: 200, json: publicUser(world, account) };
  },
  "users/get-authenticated": (request, world) => ({
    status: 200,
    json: publicUser(world, world.people.get(request.caller.login)),
  }),
} satisfies Partial<Record<OperationId, Handler>>;
