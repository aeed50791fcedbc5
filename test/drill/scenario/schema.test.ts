import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkScenario, listScenarios, loadScenario, SCENARIO_FOLDER } from "../../../drill/scenario/load.ts";

const SMALL = `name: small
description: As little as a scenario can say.
dispatch:
  inputs: { type: service-outage, environment: dev, mcp: servicenow }
`;

function errorsOf(source: string): string[] {
  return checkScenario(source).errors.map(
    ({ line, column, path, message, write }) => `${line}:${column} ${path}: ${message}; write ${write}`,
  );
}

describe("a scenario's text", () => {
  test("needs four lines, the rest has defaults", () => {
    const { scenario, errors } = checkScenario(SMALL);
    expect(errors).toEqual([]);
    expect(scenario).toMatchObject({
      seed: 1,
      speed: 20,
      environment: "dev",
      dispatch: { workflow: ".github/workflows/incident.yml", actor: "oncall-engineer" },
      expect: { conclusion: "success" },
    });
    expect(scenario?.repository.environments).toEqual([
      {
        required_reviewers: ["oncall-reviewer"],
        prevent_self_review: true,
        admins_can_bypass: false,
        wait_minutes: 0,
      },
    ]);
  });

  test("names an unknown key with its place", () => {
    expect(errorsOf(`${SMALL}speeed: 3\n`)).toEqual([
      expect.stringMatching(/^5:1 speeed: unknown key; write one of name, description, seed, speed/),
    ]);
  });

  test("names an unknown happening with those that there are", () => {
    const [error] = errorsOf(`${SMALL}events:\n  - { when: sealed, do: replace_tsk }\n`);
    expect(error).toMatch(/^6:\d+ events\[0\]\.do: .*; write one of replace_task, put_parameter, /);
  });

  test("says what is missing where its parent stands", () => {
    const errors = errorsOf("name: x\ndispatch: {}\n");
    expect(errors).toEqual([expect.stringMatching(/^1:1 description: /)]);
  });

  test.each([
    [
      "dispatch:\n  actor: ghost\n",
      /^5:10 dispatch\.actor: there is no user 'ghost'; write one of repository\.users/,
    ],
    [
      "dispatch: {}\nrepository:\n  environments:\n    - required_reviewers: [ghost]\n",
      /repository\.environments\[0\]\.required_reviewers\[0\]: there is no user 'ghost'/,
    ],
    ["dispatch: {}\nfiles:\n  ../outside.txt: x\n", /files\.\.\.\/outside\.txt: leads out of the repository/],
    [
      "dispatch: {}\nmcps:\n  - { name: a }\n  - { name: a }\n",
      /mcps\[1\]\.name: is there already; write every mcp once/,
    ],
    [
      "dispatch: {}\nfaults:\n  - { kind: throttle, rate: 1.5 }\n",
      /faults\[0\]\.rate: .*; write the chance per call, 0 to 1/,
    ],
  ])("refuses what leads nowhere: %j", (rest, expected) => {
    const source = `name: small\ndescription: Small.\n\n${rest}`;
    expect(errorsOf(source)).toEqual([expect.stringMatching(expected)]);
  });

  test("reports broken YAML with its line", () => {
    expect(errorsOf("name: [\n")[0]).toMatch(/^\d+:\d+ : .*; write valid YAML/);
  });
});

describe("the shipped scenarios", () => {
  test("all load", async () => {
    const loaded = (await listScenarios()).map(({ name }) => name);
    const files = (await readdir(SCENARIO_FOLDER)).map((file) => basename(file, ".yml"));
    expect(loaded.sort()).toEqual(files.sort());
    expect(loaded.length).toBeGreaterThan(30);
  });

  test("each is the name of its file", async () => {
    for (const { name } of await listScenarios()) {
      expect((await loadScenario(name)).scenario.name).toBe(name);
    }
  });

  test("an unknown name is answered with the known ones", async () => {
    await expect(loadScenario("service-outtage")).rejects.toThrow(
      /There is no scenario 'service-outtage'\. Give one of .*service-outage/,
    );
  });
});

describe("a scenario's steps", () => {
  const step = (text: string) => errorsOf(`${SMALL}afterwards:\n  - ${text}\n`);

  test("dispatch a workflow when they do not say otherwise", () => {
    const { scenario } = checkScenario(`${SMALL}afterwards:\n  - { workflow: w.yml }\n`);
    expect(scenario?.afterwards).toMatchObject([{ workflow: "w.yml", actor: "oncall-engineer" }]);
  });

  test.each([
    ["{ do: merge_pull_request, by: ghost }", /^6:\d+ afterwards\[0\]\.by: there is no user 'ghost'/],
    ["{ workflow: w.yml, actor: ghost }", /^6:\d+ afterwards\[0\]\.actor: there is no user 'ghost'/],
    ["{ do: comment, on: incident }", /^6:\d+ afterwards\[0\]\.body: /],
    ["{ do: dance }", /^6:\d+ afterwards\[0\]\.do: .*; write one of dispatch, comment, edit_comment, /],
    ["{ do: comment, body: x, at: tomorrow }", /^6:\d+ afterwards\[0\]\.at: /],
  ])("%s is refused with its place", (text, expected) => {
    expect(step(text)).toEqual([expect.stringMatching(expected)]);
  });
});
