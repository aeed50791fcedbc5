import { expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

test("scripts of several lines keep quotes, braces and folding around their expressions", async () => {
  const run = await runYaml(`jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          printf '%s|' 'one two' 'three' "\${{ github.actor }}"
          f() { echo "{x} 'quoted' \${{ 'it''s ''fine''' }}"; }
            f
      - if: >-
          \${{ github.actor == 'somebody'
          && true }}
        run: echo never
      - run: >-
          echo folded
          \${{ github.actor }}
      - run: "echo double \\\\
          \${{ github.actor }}"
`);
  expect(run.log("a")).toContain("Z one two|three|octocat|{x} 'quoted' it's 'fine'");
  expect(run.log("a")).not.toContain("never");
  expect(run.log("a")).toContain("Z folded octocat");
  expect(run.log("a")).toContain("Z double  octocat");
});
