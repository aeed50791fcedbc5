import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const steps = (lines: string, more = "") =>
  `jobs:\n  a:\n    runs-on: ubuntu-latest\n${more}    steps:\n${lines}`;

describe("steps of a job", () => {
  test("outcome and conclusion differ under continue-on-error; conditions see the job's status", async () => {
    const run = await runYaml(
      steps(
        `      - {id: soft, run: exit 2, continue-on-error: true}
      - {id: skipped, if: failure(), run: "true"}
      - {id: bad, run: exit 3}
      - {id: after, run: "true"}
      - {id: cleanup, if: failure(), run: "true"}
      - {id: always, if: always(), run: "true"}
`,
        '    outputs: {steps: "${{ toJSON(steps) }}"}\n',
      ),
    );
    const seen = JSON.parse(run.outputs.a?.steps ?? "{}");
    const pairs = Object.entries(seen).map(([id, step]) => {
      const { outcome, conclusion } = step as { outcome: string; conclusion: string };
      return `${id} ${outcome} ${conclusion}`;
    });
    expect(pairs).toEqual([
      "soft failure success",
      "skipped skipped skipped",
      "bad failure failure",
      "after skipped skipped",
      "cleanup success success",
      "always success success",
    ]);
    expect(run.conclusions).toEqual({ a: "failure" });
    expect(run.annotations.map((each) => each.message)).toEqual([
      "Process completed with exit code 2.",
      "Process completed with exit code 3.",
    ]);
  });

  test("environment of three levels, GITHUB_ENV and GITHUB_PATH", async () => {
    const run = await runYaml(
      `env: {A: workflow, B: workflow, C: workflow}\n${steps(
        `      - run: |
          echo "D=from a step" >> "$GITHUB_ENV"
          { echo "E<<END"; echo one; echo two; echo END; } >> "$GITHUB_ENV"
          mkdir tools; printf '#!/bin/sh\\necho tool ran' > tools/tool; chmod +x tools/tool
          echo "$PWD/tools" >> "$GITHUB_PATH"
      - env: {C: step}
        run: |
          echo "$A $B $C $D $E" | tr '\\n' ' '; echo
          tool
          echo "\${{ env.C }} \${{ env.D }}"
`,
        "    env: {B: job}\n",
      )}`,
    );
    expect(run.log("a")).toContain("workflow job step from a step one two");
    expect(run.log("a")).toContain("Z tool ran");
    expect(run.log("a")).toContain("Z step from a step");
  });

  test("the drill's own environment does not leak, and node is the drill's node", async () => {
    process.env.LEAK_OF_THE_TEST = "leaked";
    const run = await runYaml(steps("      - run: env; node -p process.version\n"), {
      options: { toolEnv: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } },
    });
    delete process.env.LEAK_OF_THE_TEST;
    expect(run.log("a")).not.toContain("LEAK_OF_THE_TEST");
    expect(run.log("a")).toContain("AWS_ENDPOINT_URL=http://127.0.0.1:1");
    expect(run.log("a")).toContain(
      "GITHUB_WORKFLOW_REF=acme/platform/.github/workflows/test.yml@refs/heads/main",
    );
    expect(run.log("a")).toContain(process.version);
  });

  test("shells: the default stops at a failing command, bash also at a failing pipe, defaults.run applies", async () => {
    const run = await runYaml(
      steps(
        `      - {id: plain, run: "false | true; echo through", continue-on-error: true}
      - {id: pipe, run: "false | true; echo never", shell: bash, continue-on-error: true}
      - {id: sh, run: "echo sh in $PWD", shell: sh, working-directory: .}
      - {id: where, run: pwd}
      - {id: custom, run: "print 'perl ran'", shell: "perl {0}", working-directory: .}
      - {id: missing, run: pwd, working-directory: nowhere, continue-on-error: true}
`,
        "    defaults: {run: {working-directory: sub}}\n",
      ).replace("steps:\n", "steps:\n      - {run: mkdir sub, working-directory: .}\n"),
    );
    expect(run.log("a")).toContain("Z through");
    expect(run.log("a")).not.toContain("Z never");
    expect(run.log("a")).toMatch(/Z \/.*\/platform\/platform\/sub\n/);
    expect(run.log("a")).toContain("perl ran");
    expect(run.log("a")).toContain("An error occurred trying to start process 'bash' with working directory");
    expect(run.conclusions).toEqual({ a: "success" });
  });

  test("hashFiles and the functions of expressions", async () => {
    const run = await runYaml(
      steps(
        `      - uses: actions/checkout@v4
      - id: s
        run: |
          echo "some=\${{ hashFiles('**/*.txt') }}" >> "$GITHUB_OUTPUT"
          echo "none=\${{ hashFiles('nothing/**') }}" >> "$GITHUB_OUTPUT"
          echo "less=\${{ hashFiles('**/*.txt', '!b.txt') }}" >> "$GITHUB_OUTPUT"
          echo 'text=\${{ format('{0}-{1}', 'a', join(fromJSON('["b","c"]'), '/')) }} \${{ contains('Hay', 'hA') && startsWith('Hay', 'h') && endsWith('Hay', 'AY') }}' >> "$GITHUB_OUTPUT"
`,
        '    outputs: {some: "${{ steps.s.outputs.some }}", none: "${{ steps.s.outputs.none }}", less: "${{ steps.s.outputs.less }}", text: "${{ steps.s.outputs.text }}"}\n',
      ),
      { files: { "a.txt": "a", "b.txt": "b" } },
    );
    const outputs = run.outputs.a ?? {};
    expect(outputs.some).toMatch(/^[0-9a-f]{64}$/);
    expect(outputs.less).toMatch(/^[0-9a-f]{64}$/);
    expect(outputs.less).not.toBe(outputs.some);
    expect(outputs.none).toBe("");
    expect(outputs.text).toBe("a-b/c true");
  });

  test("step records carry the runner's own first and last step", async () => {
    const run = await runYaml(
      steps(
        "      - {name: Say hi, run: echo hi}\n      - run: |\n          echo first\n          echo second\n",
      ),
    );
    expect(run.jobs[0]?.steps.map((step) => `${step.number} ${step.name} ${step.conclusion}`)).toEqual([
      "1 Set up job success",
      "2 Say hi success",
      "3 Run echo first success",
      "4 Complete job success",
    ]);
    expect(run.host.jobs.get(run.jobs[0]?.id ?? 0)?.steps).toEqual(run.jobs[0]?.steps);
  });
});
