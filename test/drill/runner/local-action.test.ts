import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { type Fixture, runYaml } from "./run-fixture.ts";

const PATHS = [
  "actions/probe/action.yml",
  "actions/probe/main.cjs",
  "actions/probe/post.cjs",
  "actions/outer/action.yml",
  "actions/inner/action.yml",
];

async function run(steps: string, fixture: Fixture = {}, more = "") {
  const files = await Promise.all(
    PATHS.map(
      async (path) => [path, await readFile(new URL(`./fixtures/${path}`, import.meta.url), "utf8")] as const,
    ),
  );
  const yaml = `jobs:\n  a:\n    runs-on: ubuntu-latest\n${more}    steps:\n      - uses: actions/checkout@v4\n${steps}`;
  return runYaml(yaml, { files: Object.fromEntries(files), ...fixture });
}

describe("a Node action of the repository", () => {
  test("sees its inputs, the event and a closed stdin; its post runs with the saved state", async () => {
    const result = await run(
      "      - {id: probe, uses: ./actions/probe, with: {With-Dash: given, old: x, stray: y}}\n      - run: echo between\n",
      {},
      '    outputs: {seen: "${{ steps.probe.outputs.seen }}"}\n',
    );
    expect(JSON.parse(result.outputs.a?.seen ?? "{}")).toEqual({
      inputs: {
        INPUT_TWO_WORDS: "spaced",
        "INPUT_WITH-DASH": "given",
        INPUT_TOKEN: true,
        INPUT_OLD: "x",
        INPUT_FAIL: "false",
        INPUT_STRAY: "y",
      },
      action: "probe",
      sender: "octocat",
      repository: "acme/platform",
      cwd: true,
    });
    expect(result.annotations.map((each) => each.message)).toEqual([
      "Input 'old' has been deprecated with message: Use with-dash.",
      "Unexpected input(s) 'stray', valid inputs are ['two words', 'with-dash', 'token', 'old', 'fail']",
    ]);
    expect(result.log("a")).toContain("Z stdin ended");
    expect(result.log("a")).toMatch(/Z between[\s\S]*Z post of given for given/);
    expect(result.jobs[0]?.steps.map((step) => step.name)).toContain("Post Run ./actions/probe");
  });

  test("that fails says so itself and still gets its post", async () => {
    const result = await run("      - {uses: ./actions/probe, with: {with-dash: x, fail: true}}\n");
    expect(result.conclusions).toEqual({ a: "failure" });
    expect(result.annotations.map((each) => each.message)).toEqual(["it failed"]);
    expect(result.log("a")).toContain("Z post of x for x");
  });

  test("that is not in the workspace fails the step with the runner's hint", async () => {
    const result = await run("      - uses: ./actions/missing\n");
    expect(result.annotations[0]?.message).toContain("Can't find 'action.yml'");
    expect(result.annotations[0]?.message).toContain("Did you forget to run actions/checkout");
  });
});

describe("a composite action", () => {
  test("nests, keeps its own steps and inputs, and hands outputs up", async () => {
    const result = await run(
      "      - {id: outer, uses: ./actions/outer, with: {who: world}, env: {LEVEL: step}}\n",
      {},
      '    outputs: {greeting: "${{ steps.outer.outputs.greeting }}", inner: "${{ steps.inner.outputs.text }}"}\n',
    );
    expect(result.outputs.a).toEqual({ greeting: "Hello world!", inner: "" });
    expect(result.log("a")).toMatch(/Z who is '', level is step, in \/.*\/actions\/outer/);
    expect(result.jobs[0]?.steps.map((step) => step.name)).toEqual([
      "Set up job",
      "Run actions/checkout@v4",
      "Run ./actions/outer",
      "Complete job",
    ]);
  });

  test("that fails runs its own clean-up and fails the step", async () => {
    const result = await run(
      "      - {id: outer, uses: ./actions/outer, with: {who: failure}}\n      - {run: echo job cleaned, if: failure()}\n",
      {},
      '    outputs: {failed: "${{ steps.outer.outputs.failed }} ${{ steps.outer.outcome }}"}\n',
    );
    expect(result.conclusions).toEqual({ a: "failure" });
    expect(result.log("a")).toContain("Z cleaned up");
    expect(result.log("a")).toContain("Z job cleaned");
    expect(result.outputs.a).toEqual({ failed: "success failure" });
  });
});
