import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { WORKFLOW, withRepository } from "./run-fixture.ts";

test("plain Node loads a workflow, as the drill does", async () => {
  const yaml =
    "name: Plain\non: workflow_dispatch\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{run: x}]}\n";
  await withRepository({ [WORKFLOW]: yaml }, async (root) => {
    const index = new URL("../../../drill/runner/index.ts", import.meta.url).href;
    const file = JSON.stringify(join(root, WORKFLOW));
    const script = `const { loadWorkflow } = await import("${index}"); console.log((await loadWorkflow(${file})).name);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    expect(stdout).toBe("Plain\n");
  });
});
