import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { readAsked } from "../../../src/actions/comment/asked.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import { context } from "../../support/incident.ts";

const API = "https://api.github.example/repos/acme/platform";
const PAGE = "https://github.example/acme/platform";
const WRITTEN = "2026-11-21T03:00:00Z";

/** The comment as GitHub has it now, and what its author may do. */
let comment: Record<string, unknown>;
let event: Record<string, unknown>;
let permission: string | number;

beforeEach(() => {
  const user = { id: 7, login: "oncall", type: "User" };
  comment = {
    id: 11,
    body: "/ack",
    user,
    created_at: WRITTEN,
    updated_at: WRITTEN,
    issue_url: `${API}/issues/42`,
    html_url: `${PAGE}/issues/42#issuecomment-11`,
    author_association: "MEMBER",
    performed_via_github_app: null,
  };
  const issue = { number: 42, labels: [{ name: "incident" }] };
  event = { action: "created", issue, comment: { id: 11, body: "/ack", user } };
  permission = "write";
});

function look() {
  const eventPath = join(mkdtempSync(join(tmpdir(), "firebreak-event-")), "event.json");
  writeFileSync(eventPath, JSON.stringify(event));
  const missing = () => Object.assign(new Error("Not Found"), { status: permission });
  const rest = {
    issues: { getComment: async () => ({ data: comment }) },
    repos: {
      getCollaboratorPermissionLevel: async () => {
        if (typeof permission === "number") throw missing();
        return { data: { permission } };
      },
    },
  };
  const log = { info: () => {} };
  return readAsked({ context: { ...context, eventPath }, github: { rest }, log } as unknown as ActionDeps);
}

describe("a command", () => {
  test.each(["write", "admin"])("is one by a person whose role is built on %s", async (role) => {
    permission = role;
    expect(await look()).toEqual({
      kind: "command",
      asked: {
        issue: 42,
        comment: 11,
        login: "oncall",
        at: new Date(WRITTEN),
        command: { command: "ack", note: "" },
      },
    });
  });

  test.each(["read", "none", 404])(
    "is none of one with %s, who is told so where he belongs",
    async (role) => {
      permission = role;
      expect(await look()).toEqual({ kind: "not-allowed", issue: 42, comment: 11 });
      comment.author_association = "CONTRIBUTOR";
      expect((await look()).kind).toBe("nothing");
    },
  );

  test.each<[string, () => void]>([
    [
      "an app in a person's name",
      () => Object.assign(comment, { performed_via_github_app: { slug: "mirror" } }),
    ],
    ["a deleted account", () => Object.assign(comment, { user: null })],
    [
      "another account than the event's",
      () => Object.assign(comment, { user: { id: 8, login: "other", type: "User" } }),
    ],
    ["an app", () => Object.assign(comment, { user: { id: 7, login: "app[bot]", type: "Bot" } })],
    ["who edited it", () => Object.assign(comment, { updated_at: "2026-11-21T03:00:01Z" })],
    ["who wrote something else by now", () => Object.assign(comment, { body: "/ack or not" })],
    ["who wrote it on another issue", () => Object.assign(comment, { issue_url: `${API}/issues/142` })],
    [
      "who wrote it on a pull request",
      () => Object.assign(comment, { html_url: `${PAGE}/pull/42#issuecomment-11` }),
    ],
    ["on an issue without the label", () => Object.assign(event, { issue: { number: 42, labels: [] } })],
    ["on a pull request with the label", () => Object.assign(event.issue as object, { pull_request: {} })],
    ["by an event of another kind", () => Object.assign(event, { action: "deleted" })],
    ["by an event without a comment", () => Object.assign(event, { comment: null })],
    ["by an event with junk", () => Object.assign(event, { issue: "42" })],
  ])("is none of %s, and nothing is said", async (_name, change) => {
    change();
    expect((await look()).kind).toBe("nothing");
  });

  test("is not obeyed where GitHub does not answer", async () => {
    permission = 500;
    await expect(look()).rejects.toThrow("Not Found");
  });
});
