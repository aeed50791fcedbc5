import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

describe("tokens and permissions", () => {
  test("no token and an unknown token are 401", () =>
    withGitHub(async ({ client, github, calls }) => {
      expect(await refusal(client("ghp_made_up").rest.repos.get(REPOSITORY))).toMatchObject({
        status: 401,
        message: expect.stringContaining("Bad credentials"),
      });
      const bare = await fetch(`${github.apiUrl}/repos/acme/platform`, { headers: { "user-agent": "test" } });
      expect([bare.status, ((await bare.json()) as { message: string }).message]).toEqual([
        401,
        "Requires authentication",
      ]);
      expect(calls.all().map((call) => [call.principal, call.job, call.status, call.error])).toEqual([
        ["anonymous", null, 401, "Bad credentials"],
        ["anonymous", null, 401, "Requires authentication"],
      ]);
    }));

  test("a job's token reaches exactly as far as its permissions, and every call is logged under the job", () =>
    withGitHub(async ({ job, calls }) => {
      const { octokit } = job({ issues: "read", contents: "none" }, "preserve");
      expect((await octokit.rest.repos.get(REPOSITORY)).data.full_name).toBe("acme/platform");
      const list = await octokit.rest.issues.listForRepo(REPOSITORY);
      expect(list.headers["x-accepted-github-permissions"]).toBe("issues=read");
      const create = octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      expect(await refusal(create)).toMatchObject({
        status: 403,
        message: expect.stringContaining("Resource not accessible by integration"),
      });
      expect((await refusal(octokit.rest.repos.getContent({ ...REPOSITORY, path: "x" }))).status).toBe(403);
      expect((await refusal(octokit.rest.repos.getAllEnvironments(REPOSITORY))).status).toBe(403);
      expect((await refusal(octokit.rest.users.getAuthenticated())).status).toBe(403);
      expect(calls.all()).toHaveLength(6);
      expect(calls.all()[2]).toMatchObject({
        service: "github",
        operation: "issues/create",
        principal: "github-actions[bot]",
        job: "preserve",
        resource: "/repos/acme/platform/issues",
        status: 403,
        error: "Resource not accessible by integration",
      });
    }));

  test("write includes read; pull-requests gives access to comments", () =>
    withGitHub(async ({ job, as }) => {
      await as("engineer").rest.issues.create({ ...REPOSITORY, title: "t" });
      const target = { ...REPOSITORY, issue_number: 1 };
      expect((await job({ issues: "write" }).octokit.rest.issues.get(target)).status).toBe(200);
      const { octokit } = job({ "pull-requests": "write" });
      expect((await octokit.rest.issues.createComment({ ...target, body: "b" })).status).toBe(201);
      expect((await refusal(octokit.rest.issues.listSubIssues(target))).status).toBe(403);
    }));

  test("a job's token ends with the job", () =>
    withGitHub(async ({ job, github }) => {
      const { octokit, job: record } = job({ issues: "write" });
      github.host.revokeJobToken(record.id);
      expect((await refusal(octokit.rest.repos.get(REPOSITORY))).status).toBe(401);
    }));

  test("a person's token acts as that person; another repository is not found", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("oncall-reviewer");
      expect((await octokit.rest.users.getAuthenticated()).data.login).toBe("oncall-reviewer");
      expect((await octokit.rest.users.getByUsername({ username: "ENGINEER" })).data.name).toBe(
        "On-call Engineer",
      );
      expect((await refusal(octokit.rest.users.getByUsername({ username: "nobody" }))).status).toBe(404);
      const other = { owner: "acme", repo: "other" };
      expect((await refusal(octokit.rest.repos.get(other))).status).toBe(404);
    }));

  test("the hour's 1,000 requests of all jobs together are enforced and told in the headers", () =>
    withGitHub(async ({ job, github, as }) => {
      const { octokit, token } = job({ issues: "read" });
      const first = await octokit.rest.repos.get(REPOSITORY);
      expect(first.headers["x-ratelimit-limit"]).toBe("1000");
      expect(first.headers["x-ratelimit-remaining"]).toBe("999");
      const headers = { authorization: `Bearer ${token}`, "user-agent": "test" };
      for (let n = 0; n < 999; n += 37) {
        const share = Array.from({ length: Math.min(37, 999 - n) }, () =>
          fetch(`${github.apiUrl}/repos/acme/platform`, { headers }),
        );
        await Promise.all((await Promise.all(share)).map((reply) => reply.arrayBuffer()));
      }
      expect(await refusal(job({}, "other").octokit.rest.repos.get(REPOSITORY))).toMatchObject({
        status: 403,
        message: expect.stringContaining("API rate limit exceeded"),
      });
      expect((await as("reader").rest.repos.get(REPOSITORY)).headers["x-ratelimit-limit"]).toBe("5000");
    }));
});
