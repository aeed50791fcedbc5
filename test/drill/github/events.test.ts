import { describe, expect, test } from "@jest/globals";
import type { RepositoryEvent } from "../../../drill/github/events.ts";
import { type Harness, REPOSITORY, refusal, withGitHub } from "./setup.ts";

function listen({ github }: Harness): RepositoryEvent[] {
  const events: RepositoryEvent[] = [];
  github.hooks.onEvent = (event) => events.push(event);
  return events;
}

describe("events", () => {
  test("what people do to issues and comments is told, with the issue and the comment", () =>
    withGitHub(async (harness) => {
      const events = listen(harness);
      const { state } = harness.github;
      await state.act("reader", "issues/create", { body: { title: "t", body: "b" } });
      await state.act("reader", "issues/create-comment", {
        path: { issue_number: 1 },
        body: { body: "/ack" },
      });
      const [comment] = state.issues()[0]?.comments ?? [];
      const path = { comment_id: comment?.id ?? 0 };
      await state.act("reader", "issues/update-comment", { path, body: { body: "/ack now" } });
      await state.act("engineer", "issues/update", { path: { issue_number: 1 }, body: { state: "closed" } });
      await state.act("engineer", "issues/update", { path: { issue_number: 1 }, body: { state: "open" } });
      expect(events.map(({ name, action, actor }) => `${name} ${action} ${actor}`)).toEqual([
        "issues opened reader",
        "issue_comment created reader",
        "issue_comment edited reader",
        "issues closed engineer",
        "issues reopened engineer",
      ]);
      expect(events[1]?.payload).toMatchObject({
        action: "created",
        issue: { number: 1, title: "t" },
        comment: { body: "/ack", user: { login: "reader" } },
      });
    }));

  test("who may not is refused, and nothing is told", () =>
    withGitHub(async (harness) => {
      const events = listen(harness);
      const { state } = harness.github;
      await state.act("engineer", "issues/create", { body: { title: "t" } });
      const close = state.act("reader", "issues/update", {
        path: { issue_number: 1 },
        body: { state: "closed" },
      });
      expect((await refusal(close)).status).toBe(403);
      expect(events).toHaveLength(1);
    }));

  test("a GITHUB_TOKEN starts workflows by the two dispatches alone", () =>
    withGitHub(async (harness) => {
      const events = listen(harness);
      const { octokit } = harness.job({ issues: "write", contents: "write" });
      await octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
      await octokit.rest.issues.createComment({ ...REPOSITORY, issue_number: 1, body: "b" });
      await octokit.rest.issues.update({ ...REPOSITORY, issue_number: 1, state: "closed" });
      expect(events).toEqual([]);
      await octokit.rest.repos.createDispatchEvent({
        ...REPOSITORY,
        event_type: "alarm",
        client_payload: { a: 1 },
      });
      expect(events).toMatchObject([
        {
          name: "repository_dispatch",
          action: "alarm",
          actor: "github-actions[bot]",
          payload: { action: "alarm", branch: "main", client_payload: { a: 1 } },
        },
      ]);
    }));

  test("a repository_dispatch has ten members at most, and a caller who may write", () =>
    withGitHub(async ({ as }) => {
      const send = (login: string, members: number) =>
        refusal(
          as(login).rest.repos.createDispatchEvent({
            ...REPOSITORY,
            event_type: "alarm",
            client_payload: Object.fromEntries(Array.from({ length: members }, (_, n) => [`m${n}`, n])),
          }),
        );
      expect(await send("engineer", 11)).toMatchObject({
        status: 422,
        message: expect.stringContaining("more than 10 properties"),
      });
      expect((await send("reader", 1)).status).toBe(403);
    }));
});

const FORM = `
name: Security report
title: "[Report] "
labels: [security-report]
body:
  - type: markdown
    attributes: { value: Thanks }
  - type: input
    id: mcp
    attributes: { label: Which mcp }
    validations: { required: true }
  - type: textarea
    id: what
    attributes: { label: What was seen, render: text }
  - type: dropdown
    id: where
    attributes: { label: Where, multiple: true, options: [dev, prod] }
  - type: checkboxes
    id: terms
    attributes: { label: Terms, options: [{ label: I have read it, required: true }] }
`;

describe("issue forms", () => {
  const filled = { title: "Odd", mcp: "servicenow", what: "many reads", where: ["dev", "prod"] };

  test("the body has a heading for every field, and the form's labels are set whoever fills it in", () =>
    withGitHub(async (harness) => {
      const events = listen(harness);
      const number = harness.github.state.openIssueByForm("reader", FORM, {
        ...filled,
        terms: ["I have read it"],
      });
      expect(number).toBe(1);
      expect(harness.github.state.issues()[0]).toMatchObject({
        title: "[Report] Odd",
        labels: ["security-report"],
        author: "reader",
        body: [
          "### Which mcp\n\nservicenow",
          "### What was seen\n\n```text\nmany reads\n```",
          "### Where\n\ndev, prod",
          "### Terms\n\n- [X] I have read it",
        ].join("\n\n"),
      });
      expect(events).toMatchObject([{ name: "issues", action: "opened", actor: "reader" }]);
    }));

  test("what is left out says so, and what is required has to be there", () =>
    withGitHub(async ({ github: { state } }) => {
      state.openIssueByForm("reader", FORM, { mcp: "x", terms: ["I have read it"] });
      expect(state.issues()[0]?.body).toContain("### What was seen\n\n_No response_");
      expect(() => state.openIssueByForm("reader", FORM, { terms: ["I have read it"] })).toThrow(/field mcp/);
      expect(() => state.openIssueByForm("reader", FORM, filled)).toThrow(/has to be ticked/);
      expect(() => state.openIssueByForm("reader", FORM, { ...filled, other: "x" })).toThrow(
        /no field other/,
      );
    }));
});

describe("alerts", () => {
  test("a GITHUB_TOKEN reads code scanning alerts, and never those of secret scanning", () =>
    withGitHub(async ({ github, job, as }) => {
      const found = { rule: "js/sql-injection", description: "d", severity: "high", tool: "CodeQL" } as const;
      github.state.addAlerts({
        code: [
          { ...found, path: "src/a.ts", state: "open" },
          { ...found, path: "src/b.ts", state: "fixed" },
        ],
        secret: [
          { type: "azure_active_directory_application_secret", displayName: "Azure secret", state: "open" },
        ],
      });
      const { octokit } = job({ "security-events": "read" });
      const { data } = await octokit.rest.codeScanning.listAlertsForRepo({ ...REPOSITORY, state: "open" });
      expect(data).toMatchObject([{ number: 1, rule: { security_severity_level: "high" } }]);
      const secrets = octokit.rest.secretScanning.listAlertsForRepo(REPOSITORY);
      expect((await refusal(secrets)).status).toBe(403);
      expect((await refusal(as("engineer").rest.secretScanning.listAlertsForRepo(REPOSITORY))).status).toBe(
        403,
      );
      const without = job({ contents: "read" }).octokit.rest.codeScanning.listAlertsForRepo(REPOSITORY);
      expect((await refusal(without)).status).toBe(403);
    }));
});
