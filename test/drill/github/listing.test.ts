import { describe, expect, test } from "@jest/globals";
import type { Octokit } from "@octokit/rest";
import { REPOSITORY, withGitHub } from "./setup.ts";

async function openIssues(octokit: Octokit, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const labels = number % 2 === 0 ? ["Incident", "even"] : ["Incident"];
    await octokit.rest.issues.create({ ...REPOSITORY, title: `issue ${number}`, labels });
  }
}

describe("listing", () => {
  test("pages are linked by the repository's id, and Octokit follows them to the end", () =>
    withGitHub(async ({ as, calls }) => {
      const octokit = as("engineer");
      await openIssues(octokit, 7);
      const first = await octokit.rest.issues.listForRepo({ ...REPOSITORY, per_page: 3, direction: "asc" });
      expect(first.data.map((issue) => issue.number)).toEqual([1, 2, 3]);
      expect(first.headers.link).toMatch(
        /\/repositories\/610001\/issues\?.*page=2>; rel="next".*page=3>; rel="last"/,
      );
      const before = calls.all().length;
      const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...REPOSITORY, per_page: 3 });
      expect(all.map((issue) => issue.number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
      const operations = calls
        .all()
        .slice(before)
        .map((call) => call.operation);
      expect(operations).toEqual(Array(3).fill("issues/list-for-repo"));
      const last = await octokit.rest.issues.listForRepo({ ...REPOSITORY, per_page: 3, page: 3 });
      expect(last.headers.link).not.toContain('rel="next"');
    }));

  test("per_page over 100 counts as 100; a page beyond the end is empty", () =>
    withGitHub(async ({ as, github }) => {
      for (let n = 0; n < 101; n++) github.host.createRun(run(n));
      const octokit = as("reader");
      const list = octokit.rest.actions.listWorkflowRunsForRepo;
      const { data } = await list({ ...REPOSITORY, per_page: 500 });
      expect([data.total_count, data.workflow_runs.length]).toEqual([101, 100]);
      expect((await list({ ...REPOSITORY, page: 99 })).data.workflow_runs).toEqual([]);
    }));

  test("filters: state, every named label, creator, since, assignee", () =>
    withGitHub(async ({ as, job, clock }) => {
      const octokit = as("engineer");
      await openIssues(octokit, 4);
      await octokit.rest.issues.update({ ...REPOSITORY, issue_number: 2, state: "closed" });
      await job({ issues: "write" }).octokit.rest.issues.create({ ...REPOSITORY, title: "by the bot" });
      const numbers = async (filter: object) => {
        const { data } = await octokit.rest.issues.listForRepo({
          ...REPOSITORY,
          direction: "asc",
          ...filter,
        });
        return data.map((issue) => issue.number);
      };
      expect(await numbers({})).toEqual([1, 3, 4, 5]);
      expect(await numbers({ state: "closed" })).toEqual([2]);
      expect(await numbers({ state: "all", labels: "incident,EVEN" })).toEqual([2, 4]);
      expect(await numbers({ creator: "github-actions[bot]" })).toEqual([5]);
      expect(await numbers({ assignee: "none" })).toEqual([1, 3, 4, 5]);
      expect(await numbers({ since: new Date(clock.now() + 60_000).toISOString() })).toEqual([]);
      await octokit.rest.issues.createComment({ ...REPOSITORY, issue_number: 3, body: "news" });
      expect((await numbers({ sort: "comments", direction: "desc" }))[0]).toBe(3);
    }));

  test("runs are filtered by actor, event, status and creation", () =>
    withGitHub(async ({ as, github }) => {
      const first = github.host.createRun(run(1));
      github.host.createRun({ ...run(2), actor: "oncall-reviewer", path: ".github/workflows/restore.yml" });
      github.host.updateRun(first.id, { status: "completed", conclusion: "failure" });
      const octokit = as("reader");
      const titles = async (filter: object) => {
        const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...REPOSITORY, ...filter });
        return data.workflow_runs.map((it) => it.display_title);
      };
      expect(await titles({})).toEqual(["run 2", "run 1"]);
      expect(await titles({ status: "failure" })).toEqual(["run 1"]);
      expect(await titles({ actor: "oncall-reviewer" })).toEqual(["run 2"]);
      expect(await titles({ event: "push" })).toEqual([]);
      expect(await titles({ created: "2026-09-14" })).toHaveLength(2);
      expect(await titles({ created: "2026-09-01..2026-09-13" })).toEqual([]);
      expect(await titles({ created: ">=2026-09-14T03:00:00Z" })).toHaveLength(2);
      const byFile = await octokit.rest.actions.listWorkflowRuns({
        ...REPOSITORY,
        workflow_id: "restore.yml",
      });
      expect(byFile.data.workflow_runs.map((it) => it.display_title)).toEqual(["run 2"]);
    }));
});

function run(number: number) {
  return {
    name: "Incident",
    displayTitle: `run ${number}`,
    path: ".github/workflows/incident.yml",
    event: "workflow_dispatch",
    actor: "engineer",
    triggeringActor: "engineer",
  };
}
