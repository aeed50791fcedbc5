import { describe, expect, test } from "@jest/globals";
import { runYaml } from "./run-fixture.ts";

const YAML = `
on:
  workflow_dispatch:
    inputs:
      text: {type: string, default: hello}
      needed: {type: string, required: true}
      flag: {type: boolean, default: false}
      level: {type: choice, options: [Low, High], default: Low}
      count: {type: number, default: 3}
      where: {type: environment}
jobs:
  a:
    runs-on: ubuntu-latest
    outputs:
      typed: \${{ toJSON(inputs) }}
      event: \${{ toJSON(github.event.inputs) }}
    steps:
      - run: "true"
`;

describe("inputs of a manual dispatch", () => {
  test("keep their type in `inputs` and are text in the event", async () => {
    const run = await runYaml(YAML, { inputs: { needed: "x", flag: "true", where: "prod" } });
    const json = (name: string) => JSON.parse(run.outputs.a?.[name] ?? "null");
    expect(json("typed")).toEqual({
      text: "hello",
      needed: "x",
      flag: true,
      level: "Low",
      count: 3,
      where: "prod",
    });
    expect(json("event")).toEqual({
      text: "hello",
      needed: "x",
      flag: "true",
      level: "Low",
      count: "3",
      where: "prod",
    });
  });

  test.each([
    [{ needed: "x", other: "1", more: "2" }, 'Unexpected inputs provided: ["other","more"]'],
    [{}, "Required input 'needed' not provided"],
    [{ needed: "" }, "Required input 'needed' not provided"],
    [
      { needed: "x", level: "Medium" },
      "Provided value 'Medium' for input 'level' not in the list of allowed values",
    ],
    [
      { needed: "x", level: "low" },
      "Provided value 'low' for input 'level' not in the list of allowed values",
    ],
    [{ needed: "x", flag: "yes" }, "Provided value 'yes' for input 'flag' is not a boolean"],
    [{ needed: "x", count: "many" }, "Provided value 'many' for input 'count' is not a number"],
    [{ needed: "x".repeat(65_536) }, "inputs are too large."],
  ])("are refused as GitHub refuses them: %#", async (inputs, message) => {
    await expect(runYaml(YAML, { inputs })).rejects.toThrow(message);
  });

  test("65,535 characters in all are taken", async () => {
    const run = await runYaml(YAML, { inputs: { needed: "x".repeat(65_535 - "needed".length) } });
    expect(run.run.conclusion).toBe("success");
  });

  test("a workflow without the trigger is not dispatched", async () => {
    await expect(runYaml("on: push\njobs:\n  a: {runs-on: x, steps: [{run: x}]}")).rejects.toThrow(
      "Workflow does not have 'workflow_dispatch' trigger",
    );
  });

  test("name the run", async () => {
    const run = await runYaml(`run-name: Text \${{ inputs.text }} by \${{ github.actor }}\n${YAML}`, {
      inputs: { needed: "x" },
    });
    expect(run.run.displayTitle).toBe("Text hello by octocat");
    expect(run.host.runs.get(run.run.id)?.displayTitle).toBe("Text hello by octocat");
  });
});
