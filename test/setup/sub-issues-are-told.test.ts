import { expect, test } from "@jest/globals";
import type { Context } from "../../scripts/setup/context.ts";
import { issuesArea } from "../../scripts/setup/issues.ts";
import { lines, withRepository } from "./set-up.ts";

test("with an issue to ask, sub-issues are there", () =>
  withRepository({ issues: [{ title: "one", author: "boss" }] }, async ({ run }) => {
    const { stdout } = await run("boss", "--check", "--environment", "dev");
    expect(lines(stdout, "fine").join("\n")).toContain("sub-issues: this GitHub has them");
  }));

test("a GitHub without them is told, because the review could not be linked", async () => {
  const rest = {
    issues: {
      listForRepo: async () => ({ data: [{ number: 7 }] }),
      listSubIssues: async () => {
        throw Object.assign(new Error("Not Found"), { status: 404 });
      },
    },
  };
  const context = { github: { rest }, repository: { owner: "o", repo: "r", hasIssues: true } };
  const { findings } = await issuesArea(context as unknown as Context);
  expect(findings.map(({ id, verdict }) => [id, verdict])).toEqual([
    ["issues", "fine"],
    ["sub-issues", "missing"],
  ]);
});
