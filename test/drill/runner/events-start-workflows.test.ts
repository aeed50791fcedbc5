import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { type Happening, starts } from "../../../drill/runner/event-match.ts";
import { loadWorkflow } from "../../../drill/runner/load.ts";

const folder = mkdtempSync(join(tmpdir(), "events-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startsOn(on: string, happening: Partial<Happening> & { name: string }): Promise<boolean> {
  const file = join(folder, "w.yml");
  writeFileSync(
    file,
    `on:\n  ${on.replaceAll("\n", "\n  ")}\njobs: { j: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n`,
  );
  return starts(await loadWorkflow(file), { action: null, ...happening });
}

const push = (branch: string, ...paths: string[]) => ({ name: "push", push: { branch, paths } });

describe("an event starts a workflow", () => {
  test.each([
    ["issues:", { name: "issues", action: "closed" }, true],
    ["issues: { types: [opened, labeled] }", { name: "issues", action: "closed" }, false],
    ["issues: { types: [opened, closed] }", { name: "issues", action: "closed" }, true],
    ["issue_comment: { types: [created] }", { name: "issue_comment", action: "edited" }, false],
    ["repository_dispatch: { types: [alarm] }", { name: "repository_dispatch", action: "alarm" }, true],
    ["repository_dispatch: { types: [alarm] }", { name: "repository_dispatch", action: "other" }, false],
    ["pull_request:", { name: "pull_request", action: "closed" }, false],
    ["pull_request:", { name: "pull_request", action: "opened" }, true],
    ["workflow_dispatch:", { name: "issues", action: "closed" }, false],
    ["push: { branches: [main] }", push("main", "a"), true],
    ["push: { branches: [main] }", push("other", "a"), false],
    ["push: { branches: ['release/**', '!release/old'] }", push("release/1/2", "a"), true],
    ["push: { branches: ['release/**', '!release/old'] }", push("release/old", "a"), false],
    ["push: { branches-ignore: ['firebreak/**'] }", push("firebreak/review-INC-1", "a"), false],
    ["push: { tags: ['v*'] }", push("main", "a"), false],
    ["push: { paths: ['docs/reviews/**'] }", push("main", "docs/reviews/1.md"), true],
    ["push: { paths: ['docs/*'] }", push("main", "docs/reviews/1.md"), false],
    ["push: { paths: ['docs/**', '!docs/a.md'] }", push("main", "docs/a.md"), false],
    ["push: { paths-ignore: ['docs/**'] }", push("main", "docs/a.md", "src/b.ts"), true],
    ["push: { paths-ignore: ['docs/**'] }", push("main", "docs/a.md"), false],
  ])("%s by %j: %s", async (on, happening, expected) => {
    expect(await startsOn(on, happening)).toBe(expected);
  });
});
