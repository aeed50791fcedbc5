import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const CALLED = `
on:
  workflow_call:
    inputs:
      who: {type: string, required: true}
      times: {type: number, default: 2}
    secrets:
      key: {required: false}
    outputs:
      greeting: {value: "\${{ jobs.greet.outputs.greeting }}"}
env: {FROM: called}
jobs:
  greet:
    runs-on: ubuntu-latest
    permissions: {contents: read}
    outputs: {greeting: "\${{ steps.s.outputs.g }}"}
    steps:
      - id: s
        env: {KEY: "\${{ secrets.key }}"}
        run: echo "g=\${{ inputs.who }} \${{ inputs.times + 0 }} \${#KEY} $FROM $OUTER" >> "$GITHUB_OUTPUT"
`.replace(" + 0", "");
const files = { ".github/workflows/called.yml": CALLED };

describe("a reusable workflow", () => {
  test("gets typed inputs and the secrets that are passed, and hands its outputs back", async () => {
    const run = await runYaml(
      `env: {OUTER: outer}
jobs:
  call:
    uses: ./.github/workflows/called.yml
    with: {who: "\${{ github.actor }}"}
    secrets: {key: "\${{ secrets.KEY }}"}
  after:
    needs: call
    runs-on: ubuntu-latest
    outputs: {seen: "\${{ needs.call.result }}: \${{ needs.call.outputs.greeting }}"}
    steps: [{run: "true"}]
`,
      { files, host: { secrets: { KEY: "twelve-chars" } } },
    );
    expect(run.outputs.after).toEqual({ seen: "success: octocat 2 12 called " });
    expect(run.jobs.map((job) => `${job.key} | ${job.name}`)).toEqual([
      "call.greet | call / greet",
      "after | after",
    ]);
  });

  test("secrets: inherit hands on everything; nothing hands on nothing", async () => {
    const yaml = (secrets: string) =>
      `jobs:\n  call:\n    uses: ./.github/workflows/called.yml\n    with: {who: x}\n${secrets}`;
    const host = { secrets: { KEY: "twelve-chars" } };
    const inherited = await runYaml(yaml("    secrets: inherit\n"), { files, host });
    expect(inherited.outputs.call).toEqual({ greeting: "x 2 12 called " });
    const without = await runYaml(yaml(""), { files, host });
    expect(without.outputs.call).toEqual({ greeting: "x 2 0 called " });
  });

  test.each([
    ["    with: {other: x}\n", "Invalid input, other is not defined in the referenced workflow."],
    ["", "Input who is required, but not provided while calling."],
    [
      "    with: {who: x}\n    permissions: {}\n",
      "The nested job 'greet' is requesting 'contents: read', but is only allowed 'contents: none'.",
    ],
  ])("a call that does not fit is refused before anything runs: %#", async (more, message) => {
    const yaml = `jobs:\n  call:\n    uses: ./.github/workflows/called.yml\n${more}`;
    await expect(runYaml(yaml, { files })).rejects.toThrow(message);
  });

  test("mistakes in the called file name that file", async () => {
    const yaml = "jobs:\n  call:\n    uses: ./.github/workflows/called.yml\n";
    const broken = { ".github/workflows/called.yml": CALLED.replace("runs-on", "runs-off") };
    await expect(runYaml(yaml, { files: broken })).rejects.toThrow(/called\.yml:\d+:\d+: /);
    await expect(runYaml(yaml)).rejects.toThrow(
      "The workflow './.github/workflows/called.yml' does not exist",
    );
  });
});
