/** Pending deployments and their reviews. */
import { type ApiReply, type ApiRequest, bodyOf, type Handler, numberIn } from "../api.ts";
import type { OperationId } from "../permissions.ts";
import { deployment, pendingDeployment, review } from "../present-deployments.ts";
import type { World } from "../world.ts";

function reviewPending(request: ApiRequest, world: World): ApiReply {
  const { environment_ids: ids, state, comment } = bodyOf(request);
  const reviewed = world.approvals.review(
    numberIn(request, "run_id"),
    (ids as unknown[]).map(Number),
    request.caller.login,
    state === "approved" ? "approved" : "rejected",
    String(comment),
  );
  return { status: 200, json: reviewed.map((it) => deployment(world, it)) };
}

export const deploymentOperations = {
  "actions/get-reviews-for-run": (request, world) => {
    const runId = numberIn(request, "run_id");
    world.runs.get(runId);
    return { status: 200, json: world.approvals.history(runId).map((it) => review(world, it)) };
  },
  "actions/get-pending-deployments-for-run": (request, world) => {
    const runId = numberIn(request, "run_id");
    world.runs.get(runId);
    const pending = world.approvals.pending(runId);
    return { status: 200, json: pending.map((it) => pendingDeployment(world, it, request.caller)) };
  },
  "actions/review-pending-deployments-for-run": reviewPending,
} satisfies Partial<Record<OperationId, Handler>>;
