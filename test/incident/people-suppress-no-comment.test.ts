import { expect, test } from "@jest/globals";
import { commentOnce } from "../../src/incident/issue.ts";
import type { GitHub } from "../../src/ports.ts";
import { context, tickingClock } from "../support/incident.ts";

const marker = '<!-- firebreak:comment {"key":"notice/1"} -->';

async function posted(existing: object): Promise<string[]> {
  const bodies: string[] = [];
  const issues = {
    listComments: async () => [{ id: 1, html_url: "c1", body: `${marker}\nSeen.`, ...existing }],
    createComment: async ({ body }: { body: string }) => {
      bodies.push(body);
      return { data: { id: 2, html_url: "c2", body } };
    },
  };
  const paginate = async (list: (parameters: object) => unknown, parameters: object) => list(parameters);
  const github = { rest: { issues }, paginate } as unknown as GitHub;
  const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
  await commentOnce({ github, context, clock: tickingClock(), log }, 42, "notice/1", "Told.");
  return bodies;
}

test("a comment of the workflow's own that holds the key is the comment", async () => {
  expect(await posted({ user: { type: "Bot" } })).toEqual([]);
});

test.each(["NONE", "CONTRIBUTOR", "COLLABORATOR", "MEMBER", "OWNER"])(
  "one by a person (%s) is not",
  async (association) => {
    const existing = { user: { type: "User" }, author_association: association };
    expect(await posted(existing)).toEqual([`${marker}\nTold.`]);
  },
);
