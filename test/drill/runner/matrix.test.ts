import { describe, expect, test } from "@jest/globals";
import { expandMatrix, matrixJobName } from "../../../drill/runner/matrix.ts";
import { runYaml } from "./run-fixture.ts";

describe("matrix", () => {
  test("include and exclude follow GitHub's own example", () => {
    const combinations = expandMatrix({
      fruit: ["apple", "pear"],
      animal: ["cat", "dog"],
      include: [
        { color: "green" },
        { color: "pink", animal: "cat" },
        { fruit: "apple", shape: "circle" },
        { fruit: "banana" },
        { fruit: "banana", animal: "cat" },
      ],
    });
    expect(combinations).toEqual([
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ]);
    expect(expandMatrix({ a: [1, 2], b: [3, 4], exclude: [{ a: 1 }, { a: 2, b: 4 }] })).toEqual([
      { a: 2, b: 3 },
    ]);
    expect(() => expandMatrix({ a: [] })).toThrow("Matrix vector 'a' does not contain any values");
    expect(matrixJobName("build", { node: 20, os: { name: "linux" } })).toBe("build (20, linux)");
  });

  test("runs a job for each combination and merges their outputs", async () => {
    const run = await runYaml(`jobs:
  a:
    strategy: {matrix: {n: "\${{ fromJSON('[1, 2]') }}"}}
    runs-on: ubuntu-latest
    outputs: {n1: "\${{ steps.s.outputs.n1 }}", n2: "\${{ steps.s.outputs.n2 }}"}
    steps: [{id: s, run: "echo n\${{ matrix.n }}=\${{ strategy.job-index }}/\${{ strategy.job-total }} >> $GITHUB_OUTPUT"}]
`);
    expect(run.conclusions).toEqual({ "a (1)": "success", "a (2)": "success" });
    expect(run.outputs.a).toEqual({ n1: "0/2", n2: "1/2" });
  });

  test("adds the values to a name without an expression, and only to such a one", async () => {
    const build = (name: string) =>
      `strategy: {matrix: {letter: [a, ""], n: [1]}}, runs-on: ubuntu-latest, name: "${name}", steps: [{run: "true"}]`;
    const run = await runYaml(
      `jobs:\n  plain: {${build("Build")}}\n  own: {${build("Own ${{ matrix.n }}")}}\n`,
    );
    expect(run.jobs.map(({ name }) => name).sort()).toEqual(["Build (1)", "Build (a, 1)", "Own 1", "Own 1"]);
  });

  test("fail-fast cancels the others, also those that still wait for their turn", async () => {
    const yaml = (failFast: boolean) => `jobs:
  a:
    strategy: {fail-fast: ${failFast}, max-parallel: 2, matrix: {n: [1, 2, 3]}}
    runs-on: ubuntu-latest
    steps: [{run: "[ \${{ matrix.n }} = 1 ] && exit 1; sleep 2"}]
`;
    const fast = await runYaml(yaml(true));
    expect(fast.conclusions).toEqual({ "a (1)": "failure", "a (2)": "cancelled", "a (3)": "cancelled" });
    expect(fast.annotations.map((each) => each.message)).toContain(
      'The strategy configuration was canceled because "a (1)" failed',
    );
    const slow = await runYaml(yaml(false).replace("sleep 2", "true"));
    expect(slow.conclusions).toEqual({ "a (1)": "failure", "a (2)": "success", "a (3)": "success" });
  });
});
