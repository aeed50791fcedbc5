import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { defaultReplacements } from "../../../drill/runner/replacements.ts";
import { type Fixture, runYaml } from "./run-fixture.ts";

/** The product's own workflows that run by a schedule, with stand-ins for its actions that print their inputs. */

const WORKFLOWS = ["sweep", "verify"] as const;

const printing = (inputs: string[], outputs = "") => `
name: stand-in
description: Prints its inputs.
inputs: { ${inputs.map((name) => `${name}: { default: "" }`).join(", ")} }
outputs: { ${outputs} }
runs:
  using: composite
  steps:
    - shell: bash
      env: { GIVEN: "\${{ toJSON(inputs) }}" }
      run: echo "given $GIVEN" | tr -d "\\n"; echo
`;

async function run(
  name: (typeof WORKFLOWS)[number],
  event: "schedule" | "workflow_dispatch",
  fixture: Fixture = {},
) {
  const action = name === "sweep" ? "sweep" : "verify-evidence";
  const outputs = `region: { value: eu-west-1 }, evidence-role: { value: "arn:aws:iam::111122223333:role/evidence" }`;
  const assume = { ...defaultReplacements["aws-actions/configure-aws-credentials"], run: async () => {} };
  return runYaml(readFileSync(`.github/workflows/${name}.yml`, "utf8"), {
    files: {
      "actions/read-runbook/action.yml": printing(["environment"], outputs),
      [`actions/${action}/action.yml`]: printing(["incident", "environment"]),
    },
    options: {
      event: { name: event, inputs: fixture.inputs ?? {}, actor: "octocat" },
      replacements: {
        ...defaultReplacements,
        "aws-actions/configure-aws-credentials": { inputs: {}, ...assume },
      },
    },
  });
}

describe.each(WORKFLOWS)("%s.yml", (name) => {
  test("by its schedule takes every environment and every open incident", async () => {
    const { conclusions, jobs, host } = await run(name, "schedule");
    expect(conclusions).toEqual({ [`${name} (dev)`]: "success", [`${name} (prod)`]: "success" });
    const given = jobs.map(
      ({ id }) => /given (\{.*"incident".*?\})/.exec(host.logs.get(id) ?? "")?.[1] ?? "{}",
    );
    expect(given.map((text) => JSON.parse(text))).toEqual([
      { incident: "", environment: "dev" },
      { incident: "", environment: "prod" },
    ]);
  });

  test("by hand takes the one that was asked for", async () => {
    const inputs = { incident: "42", environment: "dev" };
    const { conclusions, log } = await run(name, "workflow_dispatch", { inputs });
    expect(conclusions).toEqual({ [`${name} (dev)`]: "success" });
    expect(log(name)).toMatch(/given \{.*"incident": "42".*"environment": "dev"/);
  });
});
