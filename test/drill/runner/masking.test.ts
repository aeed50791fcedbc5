import { describe, expect, test } from "@jest/globals";
import { Masker } from "../../../drill/runner/masks.ts";
import { runYaml } from "./run-fixture.ts";

const SECRET = "s3cr3t-value-of-the-test";

describe("masking", () => {
  test("hides values, their lines, overlaps and encodings", () => {
    const masker = new Masker();
    masker.add("first-line\nsecond-line");
    masker.add("abcdef");
    masker.add("defghi");
    masker.add(" ");
    expect(masker.mask("x second-line y")).toBe("x *** y");
    expect(masker.mask("1 abcdefghi 2")).toBe("1 *** 2");
    masker.add('quo"ted secret');
    expect(masker.mask(JSON.stringify({ a: 'quo"ted secret' }))).toBe('{"a":"***"}');
    masker.add(SECRET);
    for (const prefix of ["", "u", "us"]) {
      const encoded = Buffer.from(`${prefix}${SECRET}:tail`).toString("base64");
      expect(masker.mask(encoded)).not.toBe(encoded);
    }
    expect(masker.mask("ordinary text")).toBe("ordinary text");
  });

  test("reaches log, annotations, summaries and events; outputs with a secret are dropped with a warning", async () => {
    const run = await runYaml(
      `jobs:
  a:
    runs-on: ubuntu-latest
    outputs: {clean: "\${{ steps.s.outputs.clean }}", dirty: "\${{ steps.s.outputs.dirty }}"}
    steps:
      - id: s
        name: Use \${{ secrets.KEY }}
        env: {KEY: "\${{ secrets.KEY }}"}
        run: |
          echo "key is $KEY"
          echo "::error::failed with $KEY"
          echo "::add-mask::masked-later"
          echo "now masked-later"
          echo "# $KEY" >> "$GITHUB_STEP_SUMMARY"
          echo "clean=fine" >> "$GITHUB_OUTPUT"
          echo "dirty=x$KEY" >> "$GITHUB_OUTPUT"
`,
      { host: { secrets: { KEY: SECRET } } },
    );
    expect(run.outputs.a).toEqual({ clean: "fine" });
    expect(run.annotations.map((each) => each.message)).toEqual([
      "failed with ***",
      "Skip output 'dirty' since it may contain secret.",
    ]);
    expect(run.log("a")).toContain("key is ***");
    expect(run.log("a")).toContain("Z now ***");
    const everything = JSON.stringify([run.events, run.jobs, [...run.host.logs], [...run.host.jobs]]);
    expect(everything).not.toContain(SECRET);
    expect(run.events.find((event) => event.type === "summary")).toMatchObject({ markdown: "# ***\n" });
  });

  test("the job's token is a secret and ends with the job", async () => {
    const run = await runYaml(
      "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.token }} ${{ secrets.GITHUB_TOKEN }}\n",
    );
    expect(run.log("a")).toContain("Z *** ***");
    expect([...run.host.tokens.values()].map((token) => token.revoked)).toEqual([true]);
  });
});
