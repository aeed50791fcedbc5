import { describe, expect, test } from "@jest/globals";
import { matchOperation, OpenApi } from "../../../drill/github/openapi.ts";
import type { OperationId } from "../../../drill/github/permissions.ts";
import { REPOSITORY, withGitHub } from "./setup.ts";

const openapi = new OpenApi();

describe("validation against GitHub's OpenAPI description", () => {
  test.each<[OperationId, unknown]>([
    ["issues/create", {}],
    ["issues/create", { title: ["a"] }],
    ["issues/create", { title: "t", labels: "Incident" }],
    ["issues/create", { title: "t", assignees: [1] }],
    ["issues/update", { state: "done" }],
    ["issues/create-comment", { body: 5 }],
    ["issues/create-comment", undefined],
    ["issues/create-label", { color: "ffffff" }],
    ["issues/add-labels", { labels: [] }],
    ["issues/add-sub-issue", { sub_issue_id: "12" }],
    ["actions/create-workflow-dispatch", { inputs: {} }],
    ["actions/review-pending-deployments-for-run", { environment_ids: [1], state: "approved" }],
    ["actions/review-pending-deployments-for-run", { environment_ids: "1", state: "approved", comment: "" }],
  ])("refuses a bad body of %s: %j", (operation, body) => {
    expect(() => openapi.body(operation, body)).toThrow(/^Invalid/);
  });

  test.each<[OperationId, unknown]>([
    ["issues/create", { title: "t", labels: ["a", { name: "b" }], assignees: ["x"], body: "b" }],
    ["issues/update", { state: "closed", state_reason: "not_planned", body: null }],
    ["issues/set-labels", { labels: [] }],
    ["issues/add-labels", ["a"]],
    ["issues/add-labels", undefined],
  ])("takes a good body of %s: %j", (operation, body) => {
    expect(() => openapi.body(operation, body)).not.toThrow();
  });

  test("a good response passes; each way to spoil it is found", () =>
    withGitHub(async ({ as }) => {
      const octokit = as("engineer");
      const { data } = await octokit.rest.issues.create({ ...REPOSITORY, title: "t", labels: ["a"] });
      expect(openapi.responseProblem("issues/create", 201, data)).toBeNull();
      const without = (name: string) =>
        Object.fromEntries(Object.entries(data).filter(([key]) => key !== name));
      for (const bad of [
        without("id"),
        without("user"),
        without("html_url"),
        { ...data, number: "1" },
        { ...data, created_at: "yesterday" },
        { ...data, state_reason: "bored" },
        { ...data, user: { login: "x" } },
        { ...data, url: null },
        [data],
        undefined,
      ]) {
        expect(openapi.responseProblem("issues/create", 201, bad)).toContain("issues/create 201");
      }
      expect(openapi.responseProblem("issues/create", 200, data)).toBe("issues/create has no response 200");
      expect(openapi.responseProblem("issues/create", 404, { message: 5 })).toContain("message");
      expect(openapi.responseProblem("actions/create-workflow-dispatch", 204, {})).toContain("no body");
    }));

  test("nullable is kept: null passes where GitHub allows it and nowhere else", () =>
    withGitHub(async ({ job, as }) => {
      const { run } = job({});
      const { data } = await as("reader").rest.actions.getWorkflowRun({ ...REPOSITORY, run_id: run.id });
      const problem = (changed: object) =>
        openapi.responseProblem("actions/get-workflow-run", 200, { ...data, ...changed });
      expect(problem({ conclusion: null, head_commit: null })).toBeNull();
      expect(problem({ head_sha: null })).toContain("head_sha");
      expect(problem({ actor: null })).toContain("actor");
    }));

  test("a fixed path segment wins over a parameter", () => {
    const match = (path: string) => matchOperation("GET", path)?.operation;
    expect(match("/repos/o/r/issues/comments/5")).toBe("issues/get-comment");
    expect(match("/repos/o/r/issues/5/comments")).toBe("issues/list-comments");
    expect(match("/repos/o/r/contents/a/b/c.md")).toBe("repos/get-content");
    expect(match("/user")).toBe("users/get-authenticated");
    expect(matchOperation("GET", "/repos/o/r/labels/a%2Fb")?.path.name).toBe("a/b");
    expect(matchOperation("DELETE", "/repos/o/r")).toBeNull();
  });
});
