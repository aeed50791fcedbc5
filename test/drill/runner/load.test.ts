import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadWorkflow, type Workflow, WorkflowError } from "../../../drill/runner/index.ts";
import { WORKFLOW, withRepository } from "./run-fixture.ts";

/** The problems of a workflow as `line:column message`. */
async function problemsOf(yaml: string, files: Record<string, string> = {}): Promise<string[]> {
  return withRepository({ [WORKFLOW]: yaml, ...files }, async (root) => {
    const error = await loadWorkflow(join(root, WORKFLOW)).catch((thrown: unknown) => thrown);
    if (!(error instanceof WorkflowError)) throw new Error(`expected a WorkflowError, got ${String(error)}`);
    return error.problems.map((problem) => `${problem.line}:${problem.column} ${problem.message}`);
  });
}

function load(yaml: string): Promise<Workflow> {
  return withRepository({ [WORKFLOW]: yaml }, (root) => loadWorkflow(join(root, WORKFLOW)));
}

function job(lines: string): string {
  return `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n${lines}`;
}

describe("a workflow that is invalid", () => {
  test.each([
    ["unknown key", job("    stepz: []"), "5:5 Unexpected value 'stepz'"],
    [
      "unknown context",
      job(`    steps:\n      - run: echo \${{ nope.x }}`),
      "6:19 Unrecognized named-value: 'nope'",
    ],
    [
      "context not allowed there",
      `on: push\nrun-name: \${{ secrets.X }}\njobs:\n  a: {runs-on: x, steps: [{run: x}]}`,
      "2:11 Unrecognized named-value: 'secrets'",
    ],
    [
      "secrets in a step's if",
      job("    steps:\n      - if: secrets.X\n        run: x"),
      "6:13 Unrecognized named-value: 'secrets'",
    ],
    ["unknown needs", job("    needs: b\n    steps: [{run: x}]"), "3:3"],
    [
      "choice without options",
      "on:\n  workflow_dispatch:\n    inputs:\n      x:\n        type: choice\njobs:\n  a: {runs-on: x, steps: [{run: x}]}",
      "5:9 Missing 'options' for choice input",
    ],
    ["broken YAML", "on: push\njobs: {", "2:8"],
  ])("%s", async (_name, yaml, expected) => {
    const problems = await problemsOf(yaml);
    expect(problems.length).toBeGreaterThan(0);
    const [position, message = ""] = [expected.split(" ")[0], expected.split(" ").slice(1).join(" ")];
    expect(problems.some((problem) => problem.includes(message))).toBe(true);
    if (message) expect(problems.find((problem) => problem.includes(message))).toContain(position);
  });

  test("names the file in front of line and column", async () => {
    await withRepository({ [WORKFLOW]: job("    stepz: []") }, async (root) => {
      const file = join(root, WORKFLOW);
      const error = await loadWorkflow(file).catch((thrown: Error) => thrown.message);
      expect(error).toMatch(/^\.github\/workflows\/test\.yml:5:5: Unexpected value 'stepz'/);
    });
  });
});

describe("what the runner does not support is an error at its place", () => {
  test.each([
    ["a container", job("    container: node:24\n    steps: [{run: x}]"), "5:5 'container' is not supported"],
    [
      "services",
      job("    services: {db: {image: x}}\n    steps: [{run: x}]"),
      "5:5 'services' is not supported",
    ],
    [
      "another system",
      "on: push\njobs:\n  a:\n    runs-on: windows-latest\n    steps: [{run: x}]",
      "4:14 'runs-on: windows-latest'",
    ],
    ["another shell", job("    steps:\n      - run: x\n        shell: pwsh"), "7:16 The shell 'pwsh'"],
    ["an image", job("    steps:\n      - uses: docker://alpine"), "6:15 'docker://alpine' is not supported"],
    [
      "an unknown action",
      job("    steps:\n      - uses: some/action@v1"),
      "6:15 The action 'some/action@v1' has no replacement",
    ],
    [
      "an unknown input of a replacement",
      job("    steps:\n      - uses: actions/checkout@v4\n        with:\n          lfs: true"),
      "8:11 The replacement of 'actions/checkout' does not support the input 'lfs'",
    ],
    [
      "a workflow of another repository",
      "on: push\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1",
      "4:11 'o/r/.github/workflows/x.yml@v1' is not supported",
    ],
    [
      "deployment: false",
      job("    environment: {name: x, deployment: false}\n    steps: [{run: x}]"),
      "5:40 'deployment' of an environment",
    ],
    [
      "an insert directive",
      job(`    env:\n      \${{ insert }}: \${{ fromJSON('{}') }}\n    steps: [{run: x}]`),
      "6:7 The directive 'insert' is not supported",
    ],
  ])("%s", async (_name, yaml, expected) => {
    expect(await problemsOf(yaml)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
  });

  test("an action that does not run on Node 24", async () => {
    const action = "name: x\ndescription: x\nruns:\n  using: node20\n  main: index.js\n";
    const problems = await problemsOf(job("    steps:\n      - uses: ./actions/x"), {
      "actions/x/action.yml": action,
    });
    expect(problems).toEqual([
      "4:10 'using: node20' is not supported by the runner; use node24 or composite",
    ]);
  });

  test("more than 25 inputs", async () => {
    const inputs = Array.from({ length: 26 }, (_, index) => `      i${index}: {type: string}`).join("\n");
    const yaml = `on:\n  workflow_dispatch:\n    inputs:\n${inputs}\njobs:\n  a: {runs-on: x, steps: [{run: x}]}`;
    expect(await problemsOf(yaml)).toEqual([
      "2:3 you may only define up to 25 `inputs` for a `workflow_dispatch` event",
    ]);
  });
});

describe("a workflow that is valid", () => {
  test("keeps every event of its trigger map", async () => {
    const workflow = await load(
      "on:\n  push: {branches: [main]}\n  pull_request:\n  schedule: [{cron: '0 3 * * *'}]\n  repository_dispatch: {types: [alarm]}\n  workflow_dispatch:\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{run: x}]}",
    );
    expect([...workflow.triggers.keys()]).toEqual([
      "push",
      "pull_request",
      "schedule",
      "repository_dispatch",
      "workflow_dispatch",
    ]);
    expect(workflow.path).toBe(WORKFLOW);
  });

  test("notes an action that is not pinned to a commit, and only that", async () => {
    const pinned = `actions/checkout@${"0".repeat(40)}`;
    const workflow = await load(
      job(`    steps:\n      - uses: actions/checkout@v4\n      - uses: ${pinned}`),
    );
    expect(workflow.notes).toHaveLength(1);
    expect(workflow.notes[0]).toMatch(/test\.yml:6:15: 'actions\/checkout@v4' is not pinned to a commit$/);
  });
});
