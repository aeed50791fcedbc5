import { describe, expect, test } from "@jest/globals";
import { withGitHub } from "./setup.ts";

describe("seed and report", () => {
  test("seeded issues come out in the report, with their comments", () =>
    withGitHub(
      async ({ github }) => {
        expect(github.state.toIssuesJson()).toEqual([
          {
            number: 1,
            id: expect.any(Number),
            title: "Earlier incident",
            state: "closed",
            labels: ["Incident", "done"],
            author: "engineer",
            assignees: ["oncall-reviewer"],
            body: "What happened.",
            created: "2026-09-01T00:00:00.000Z",
            updated: "2026-09-02T00:00:00.000Z",
            closed: "2026-09-01T00:00:00.000Z",
            parent: null,
            subIssues: [],
            comments: [{ author: "reader", body: "Seen.", created: "2026-09-02T00:00:00.000Z" }],
          },
        ]);
      },
      {
        seed: {
          issues: [
            {
              title: "Earlier incident",
              body: "What happened.",
              author: "engineer",
              labels: ["incident", "done"],
              assignees: ["oncall-reviewer"],
              state: "closed",
              createdAt: "2026-09-01T00:00:00Z",
              comments: [{ author: "reader", body: "Seen.", createdAt: "2026-09-02T00:00:00Z" }],
            },
          ],
        },
      },
    ));

  test("a seed that names an unknown author is refused", async () => {
    const issues = [{ title: "t", author: "nobody" }];
    await expect(withGitHub(async () => {}, { seed: { issues } })).rejects.toThrow("nobody");
  });
});
