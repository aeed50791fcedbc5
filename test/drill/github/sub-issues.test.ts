import { describe, expect, test } from "@jest/globals";
import type { Octokit } from "@octokit/rest";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

function helpers({ rest }: Octokit) {
  return {
    open: async (title: string) => (await rest.issues.create({ ...REPOSITORY, title })).data,
    link: (issue_number: number, sub_issue_id: number, more: object = {}) =>
      rest.issues.addSubIssue({ ...REPOSITORY, issue_number, sub_issue_id, ...more }),
    children: async (issue_number: number) => {
      const { data } = await rest.issues.listSubIssues({ ...REPOSITORY, issue_number });
      return data.map((issue) => issue.number);
    },
  };
}

describe("sub-issues", () => {
  test("link by id, show on both sides, and count", () =>
    withGitHub(async ({ job, github }) => {
      const { octokit } = job({ issues: "write" });
      const { open, link, children } = helpers(octokit);
      const [incident, review] = [await open("incident"), await open("review")];
      const linked = await link(incident.number, review.id);
      expect([linked.status, linked.data.number]).toEqual([201, incident.number]);
      expect(linked.data.sub_issues_summary).toMatchObject({ total: 1, completed: 0 });
      expect(await children(incident.number)).toEqual([review.number]);
      const target = { ...REPOSITORY, issue_number: review.number };
      expect((await octokit.rest.issues.getParent(target)).data.number).toBe(incident.number);
      expect((await octokit.rest.issues.get(target)).data.parent_issue_url).toBe(incident.url);
      expect(github.state.toIssuesJson()).toMatchObject([
        { number: 1, subIssues: [2], parent: null, author: "github-actions[bot]" },
        { number: 2, subIssues: [], parent: 1 },
      ]);
      const removal = { ...REPOSITORY, issue_number: incident.number, sub_issue_id: review.id };
      await octokit.rest.issues.removeSubIssue(removal);
      expect(await children(incident.number)).toEqual([]);
      expect((await refusal(octokit.rest.issues.getParent(target))).status).toBe(404);
    }));

  test("a number instead of an id, a second parent, a duplicate and a circle are refused", () =>
    withGitHub(async ({ as }) => {
      const { open, link, children } = helpers(as("engineer"));
      const [a, b, c] = [await open("a"), await open("b"), await open("c")];
      expect(await refusal(link(a.number, b.number))).toMatchObject({
        status: 404,
        message: expect.stringContaining("The provided sub-issue does not exist"),
      });
      expect((await refusal(link(a.number, String(b.id) as unknown as number))).status).toBe(422);
      await link(a.number, b.id);
      expect((await refusal(link(a.number, b.id))).message).toContain("duplicate sub-issues");
      expect((await refusal(link(c.number, b.id))).message).toContain("only have one parent");
      expect((await refusal(link(b.number, a.id))).message).toContain("circular");
      expect((await refusal(link(a.number, a.id))).status).toBe(422);
      await link(c.number, b.id, { replace_parent: true });
      expect([await children(a.number), await children(c.number)]).toEqual([[], [b.number]]);
    }));

  test("nest at most eight levels", () =>
    withGitHub(async ({ as }) => {
      const { open, link } = helpers(as("engineer"));
      let above = await open("level 1");
      for (let level = 2; level <= 8; level++) {
        const below = await open(`level ${level}`);
        await link(above.number, below.id);
        above = below;
      }
      expect((await refusal(link(above.number, (await open("level 9")).id))).status).toBe(422);
    }));
});
