import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

describe("comments", () => {
  test("are listed in order, counted on the issue, and edited by their author", () =>
    withGitHub(async ({ as, job }) => {
      const { octokit } = job({ issues: "write" });
      const { data: issue } = await octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      const target = { ...REPOSITORY, issue_number: issue.number };
      const { data: sealed } = await octokit.rest.issues.createComment({ ...target, body: "sealed" });
      await as("reader").rest.issues.createComment({ ...target, body: "thanks" });
      await octokit.rest.issues.updateComment({
        ...REPOSITORY,
        comment_id: sealed.id,
        body: "sealed, complete",
      });
      const { data: comments } = await octokit.rest.issues.listComments(target);
      expect(comments.map((it) => [it.user?.login, it.body])).toEqual([
        ["github-actions[bot]", "sealed, complete"],
        ["reader", "thanks"],
      ]);
      const { data: again } = await octokit.rest.issues.getComment({ ...REPOSITORY, comment_id: sealed.id });
      expect(again.body).toBe("sealed, complete");
      expect((await octokit.rest.issues.get(target)).data.comments).toBe(2);
    }));

  test("an empty or too long comment, a missing issue and another's comment are refused", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const { data: issue } = await octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      const say = (issue_number: number, body: string) =>
        octokit.rest.issues.createComment({ ...REPOSITORY, issue_number, body });
      expect((await refusal(say(issue.number, ""))).status).toBe(422);
      expect((await refusal(say(issue.number, "x".repeat(65_537)))).status).toBe(422);
      expect((await refusal(say(99, "x"))).status).toBe(404);
      const { data: mine } = await say(issue.number, "mine");
      const tamper = as("reader").rest.issues.updateComment({
        ...REPOSITORY,
        comment_id: mine.id,
        body: "x",
      });
      expect((await refusal(tamper)).status).toBe(403);
    }));
});
