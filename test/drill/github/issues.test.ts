import { describe, expect, test } from "@jest/globals";
import { REPOSITORY, refusal, START, withGitHub } from "./setup.ts";

describe("issues", () => {
  test("an issue made with a job's token is the bot's, with labels created on the way", () =>
    withGitHub(async ({ job, as }) => {
      const { octokit } = job({ issues: "write" });
      const { status, data, headers } = await octokit.rest.issues.create({
        ...REPOSITORY,
        title: "INC: search",
        body: "What was seen.",
        labels: ["incident", "severity: High"],
        assignees: ["engineer"],
      });
      expect(status).toBe(201);
      expect(data.user).toMatchObject({ login: "github-actions[bot]", type: "Bot" });
      expect(data.labels).toMatchObject([{ name: "Incident" }, { name: "severity: High", color: "ededed" }]);
      expect(data.assignees).toMatchObject([{ login: "engineer" }]);
      expect(data.id).not.toBe(data.number);
      expect(Date.parse(data.created_at)).toBeGreaterThanOrEqual(START);
      expect(headers.location).toBe(data.url);

      const read = await as("reader").rest.issues.get({ ...REPOSITORY, issue_number: data.number });
      expect(read.data).toEqual(data);
    }));

  test("closing and reopening keep who, when and why", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const { data: made } = await octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      const target = { ...REPOSITORY, issue_number: made.number };
      const closed = await octokit.rest.issues.update({
        ...target,
        state: "closed",
        state_reason: "not_planned",
      });
      expect(closed.data).toMatchObject({ state: "closed", state_reason: "not_planned" });
      expect(closed.data.closed_by?.login).toBe("engineer");
      const open = await octokit.rest.issues.update({
        ...target,
        state: "open",
        body: null as unknown as string,
      });
      expect(open.data).toMatchObject({
        state: "open",
        state_reason: "reopened",
        closed_at: null,
        body: null,
      });
    }));

  test("limits: 256 characters of title, 65,536 of body, counted as code points", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const create = (title: string, body: string) =>
        octokit.rest.issues.create({ ...REPOSITORY, title, body });
      expect((await create("😀".repeat(256), "😀".repeat(65_536))).status).toBe(201);
      expect(await refusal(create("x".repeat(257), ""))).toMatchObject({
        status: 422,
        message: expect.stringContaining("title is too long (maximum is 256 characters)"),
      });
      expect(await refusal(create("x", "x".repeat(65_537)))).toMatchObject({
        status: 422,
        message: expect.stringContaining("body is too long (maximum is 65536 characters)"),
      });
      expect((await refusal(create(" ", ""))).status).toBe(422);
      const { data } = await octokit.rest.issues.listForRepo({ ...REPOSITORY, state: "all" });
      expect(data).toHaveLength(1);
    }));

  test("someone who only reads may open an issue and edit it, but not label it or edit others'", () =>
    withGitHub(async ({ as }) => {
      const reader = as("reader");
      const { data: own } = await reader.rest.issues.create({
        ...REPOSITORY,
        title: "mine",
        labels: ["Incident"],
      });
      expect(own.labels).toEqual([]);
      const edited = await reader.rest.issues.update({
        ...REPOSITORY,
        issue_number: own.number,
        title: "better",
      });
      expect(edited.data.title).toBe("better");
      const { data: other } = await as("engineer").rest.issues.create({ ...REPOSITORY, title: "theirs" });
      const target = { ...REPOSITORY, issue_number: other.number };
      expect((await refusal(reader.rest.issues.update({ ...target, title: "x" }))).status).toBe(403);
      expect((await refusal(reader.rest.issues.addLabels({ ...target, labels: ["Incident"] }))).status).toBe(
        403,
      );
    }));

  test("an assignee that does not exist is refused at creation and ignored later", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const create = octokit.rest.issues.create({ ...REPOSITORY, title: "t", assignees: ["nobody"] });
      expect((await refusal(create)).status).toBe(422);
      const { data: made } = await octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      const target = { ...REPOSITORY, issue_number: made.number };
      const added = await octokit.rest.issues.addAssignees({ ...target, assignees: ["nobody", "Reader"] });
      expect(added.data.assignees?.map((user) => user.login)).toEqual(["reader"]);
      const removed = await octokit.rest.issues.removeAssignees({ ...target, assignees: ["reader"] });
      expect(removed.data.assignees).toEqual([]);
    }));

  test("what is not modelled is refused loudly, not ignored", () =>
    withGitHub(async ({ as }) => {
      const create = as("engineer").rest.issues.create({ ...REPOSITORY, title: "t", milestone: 1 });
      expect(await refusal(create)).toMatchObject({
        status: 501,
        message: expect.stringContaining("milestone"),
      });
      const milestones = as("engineer").rest.issues.listMilestones(REPOSITORY);
      expect((await refusal(milestones)).status).toBe(501);
    }));
});
