import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

describe("runs and jobs", () => {
  test("a run shows its latest attempt; earlier attempts stay readable", () =>
    withGitHub(async ({ job, github, as }) => {
      const { run } = job({});
      github.host.updateRun(run.id, { status: "completed", conclusion: "failure" });
      github.host.newAttempt(run.id, "oncall-reviewer");
      const { actions } = as("reader").rest;
      const { data } = await actions.getWorkflowRun({ ...REPOSITORY, run_id: run.id });
      expect(data).toMatchObject({
        run_attempt: 2,
        run_number: 1,
        status: "queued",
        conclusion: null,
        event: "workflow_dispatch",
        path: ".github/workflows/incident.yml",
        actor: { login: "engineer" },
        triggering_actor: { login: "oncall-reviewer" },
        html_url: `${github.serverUrl}/acme/platform/actions/runs/${run.id}`,
      });
      const first = await actions.getWorkflowRunAttempt({ ...REPOSITORY, run_id: run.id, attempt_number: 1 });
      expect(first.data).toMatchObject({ run_attempt: 1, conclusion: "failure" });
    }));

  test("failed jobs run again when the run has ended, for whoever may write actions", () =>
    withGitHub(async ({ job, github, as }) => {
      const { run } = job({});
      const target = { ...REPOSITORY, run_id: run.id };
      const asked: [number, string][] = [];
      github.hooks.onRerun = (...request) => asked.push(request) > 0;
      const again = (who: Parameters<typeof as>[0]) =>
        refusal(as(who).rest.actions.reRunWorkflowFailedJobs(target));
      expect(await again("oncall-reviewer")).toMatchObject({ status: 403 });
      github.host.updateRun(run.id, { status: "completed", conclusion: "failure" });
      expect(await again("reader")).toMatchObject({ status: 403 });
      const { status } = await as("oncall-reviewer").rest.actions.reRunWorkflowFailedJobs(target);
      expect(status).toBe(201);
      expect(asked).toEqual([[run.id, "oncall-reviewer"]]);
      github.host.updateRun(run.id, { status: "completed", conclusion: "success" });
      expect(await again("oncall-reviewer")).toMatchObject({ status: 403 });
    }));

  test("jobs are listed for the latest attempt, one attempt or all, with their steps", () =>
    withGitHub(async ({ job, github, as, clock }) => {
      const { run, job: first } = job({}, "declare");
      const startedAt = clock.now();
      const step = { name: "Set up job", number: 1, status: "completed", conclusion: "success" } as const;
      github.host.updateJob(first.id, {
        status: "completed",
        conclusion: "success",
        startedAt,
        completedAt: startedAt + 5_000,
        steps: [{ ...step, startedAt, completedAt: startedAt + 1_000 }],
      });
      github.host.newAttempt(run.id, "engineer");
      github.host.createJob({
        runId: run.id,
        attempt: 2,
        key: "declare",
        name: "declare",
        environment: null,
      });
      const { actions } = as("reader").rest;
      const target = { ...REPOSITORY, run_id: run.id };
      const attempts = async (filter: "latest" | "all") =>
        (await actions.listJobsForWorkflowRun({ ...target, filter })).data.jobs.map((it) => it.run_attempt);
      expect([await attempts("latest"), await attempts("all")]).toEqual([[2], [1, 2]]);
      const { data } = await actions.listJobsForWorkflowRunAttempt({ ...target, attempt_number: 1 });
      expect(data.jobs).toMatchObject([{ name: "declare", conclusion: "success", steps: [{ ...step }] }]);
      const one = await actions.getJobForWorkflowRun({ ...REPOSITORY, job_id: first.id });
      expect(one.data).toEqual(data.jobs[0]);
      expect(github.state.jobs(run.id)).toHaveLength(2);
    }));
});
