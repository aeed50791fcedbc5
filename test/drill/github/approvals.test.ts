import { describe, expect, test } from "@jest/globals";
import { type Harness, REPOSITORY, refusal, withGitHub } from "./setup.ts";

const ENVIRONMENT = "containment-prod";

function waitingRun({ job, github }: Harness) {
  const { run, octokit } = job({ actions: "read", deployments: "write" }, "contain", ENVIRONMENT);
  const target = { ...REPOSITORY, run_id: run.id };
  const verdict = github.host.awaitApproval(run.id, ENVIRONMENT);
  return { run, octokit, target, verdict };
}

async function environmentId({ as }: Harness, target: { owner: string; repo: string; run_id: number }) {
  const { data } = await as("reader").rest.actions.getPendingDeploymentsForRun(target);
  return data[0]?.environment.id ?? 0;
}

describe("approvals", () => {
  test("a required reviewer approves over the API; the history names them without a time", () =>
    withGitHub(async (harness) => {
      const { target, verdict, octokit } = waitingRun(harness);
      const reviewer = harness.as("oncall-reviewer").rest.actions;
      const { data: pending } = await reviewer.getPendingDeploymentsForRun(target);
      expect(pending).toMatchObject([{ environment: { name: ENVIRONMENT }, current_user_can_approve: true }]);
      expect(pending[0]?.reviewers?.map((it) => (it.reviewer as { login: string }).login)).toContain(
        "engineer",
      );
      const environment_ids = [await environmentId(harness, target)];
      const review = { ...target, environment_ids, state: "approved" as const, comment: "Go." };
      const { status, data } = await reviewer.reviewPendingDeploymentsForRun(review);
      expect(status).toBe(200);
      expect(data).toMatchObject([{ environment: ENVIRONMENT, creator: { login: "engineer" } }]);
      expect(await verdict).toBe("approved");
      const { data: history } = await octokit.rest.actions.getReviewsForRun(target);
      expect(history).toMatchObject([
        {
          state: "approved",
          comment: "Go.",
          user: { login: "oncall-reviewer" },
          environments: [{ name: ENVIRONMENT }],
        },
      ]);
      expect(Object.keys(history[0] ?? {}).sort()).toEqual(["comment", "environments", "state", "user"]);
      expect((await reviewer.getPendingDeploymentsForRun(target)).data).toEqual([]);
      expect((await refusal(reviewer.reviewPendingDeploymentsForRun(review))).status).toBe(422);
    }));

  test("a rejection ends the wait", () =>
    withGitHub(async (harness) => {
      const { run, verdict } = waitingRun(harness);
      harness.github.state.review(run.id, ENVIRONMENT, "second-reviewer", "rejected", "Not yet.");
      expect(await verdict).toBe("rejected");
      expect(harness.github.state.reviews(run.id)).toMatchObject([
        { login: "second-reviewer", state: "rejected" },
      ]);
    }));

  test("others, the person who dispatched, and any job are refused; the job goes on waiting", () =>
    withGitHub(async (harness) => {
      const { target, octokit, run } = waitingRun(harness);
      const environment_ids = [await environmentId(harness, target)];
      const review = { ...target, environment_ids, state: "approved" as const, comment: "" };
      const refused = async (rest: typeof octokit.rest) =>
        refusal(rest.actions.reviewPendingDeploymentsForRun(review));
      expect(await refused(harness.as("reader").rest)).toMatchObject({
        status: 422,
        message: expect.stringContaining("not a required reviewer"),
      });
      expect(await refused(harness.as("engineer").rest)).toMatchObject({
        status: 422,
        message: expect.stringContaining("self-review"),
      });
      expect((await refused(octokit.rest)).status).toBe(403);
      expect(() => harness.github.state.review(run.id, ENVIRONMENT, "reader", "approved")).toThrow(
        "Validation",
      );
      expect(harness.github.state.pending(run.id)).toMatchObject([{ environment: ENVIRONMENT }]);
      expect(harness.github.state.reviews(run.id)).toEqual([]);
    }));

  test("the body is taken exactly as GitHub takes it", () =>
    withGitHub(async (harness) => {
      const { target } = waitingRun(harness);
      const { request } = harness.as("oncall-reviewer");
      const route = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
      const ids = [await environmentId(harness, target)];
      for (const body of [
        { environment_ids: ids, state: "approved" },
        { environment_ids: ids, state: "maybe", comment: "" },
        { environment_ids: [ENVIRONMENT], state: "approved", comment: "" },
        { environment_ids: [1], state: "approved", comment: "" },
      ]) {
        expect((await refusal(request(route, { ...target, ...body } as never))).status).toBe(422);
      }
    }));

  test("a new attempt asks again, and the history of the run goes on", () =>
    withGitHub(async (harness) => {
      const { run, verdict } = waitingRun(harness);
      const { host, state } = harness.github;
      state.review(run.id, ENVIRONMENT, "oncall-reviewer", "approved");
      await verdict;
      const next = host.newAttempt(run.id, "second-reviewer");
      expect([next.id, next.attempt, next.triggeringActor, next.actor]).toEqual([
        run.id,
        2,
        "second-reviewer",
        "engineer",
      ]);
      const again = host.awaitApproval(run.id, ENVIRONMENT);
      expect(() => state.review(run.id, ENVIRONMENT, "second-reviewer", "approved")).toThrow();
      state.review(run.id, ENVIRONMENT, "engineer", "approved");
      expect(await again).toBe("approved");
      const { data } = await harness
        .as("reader")
        .rest.actions.getReviewsForRun({ ...REPOSITORY, run_id: run.id });
      expect(data.map((review) => review.user.login)).toEqual(["oncall-reviewer", "engineer"]);
    }));

  test("one review lets through every job that waits now; the hook tells who can give it", () =>
    withGitHub(async (harness) => {
      const seen: unknown[] = [];
      harness.github.hooks.onWaiting = (...waiting) => seen.push(waiting);
      const { run, verdict } = waitingRun(harness);
      const second = harness.github.host.awaitApproval(run.id, ENVIRONMENT);
      expect(seen[0]).toEqual([run.id, ENVIRONMENT, ["oncall-reviewer", "second-reviewer", "engineer"]]);
      harness.github.state.review(run.id, ENVIRONMENT, "oncall-reviewer", "approved");
      expect(await Promise.all([verdict, second])).toEqual(["approved", "approved"]);
    }));

  test("cancelling ends the wait; a wait timer alone lets the job in when it is over", () =>
    withGitHub(
      async ({ job, github, clock }) => {
        const { run } = job({});
        const stop = new AbortController();
        const waiting = github.host.awaitApproval(run.id, "both", stop.signal);
        stop.abort(new Error("cancelled"));
        await expect(waiting).rejects.toThrow("cancelled");
        expect(github.state.pending(run.id)).toEqual([]);

        const started = clock.now();
        expect(await github.host.awaitApproval(run.id, "timer")).toBe("approved");
        expect(clock.now() - started).toBeGreaterThanOrEqual(60_000);

        const both = github.host.awaitApproval(run.id, "both");
        github.state.review(run.id, "both", "oncall-reviewer", "approved");
        const approvedAt = clock.now();
        expect(await both).toBe("approved");
        expect(clock.now() - approvedAt).toBeGreaterThan(30_000);
      },
      {
        speed: 1000,
        seed: {
          environments: [
            { name: "timer", waitMinutes: 1 },
            { name: "both", waitMinutes: 1, requiredReviewers: ["oncall-reviewer"] },
          ],
        },
      },
    ));
});
