import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { actionsList, inputsTable, newReadme, outputsTable, replaceBetween } from "../../scripts/readme.ts";
import { ROOT } from "./sources.ts";

const action = {
  folder: "isolate",
  name: "Isolate",
  description: "Cuts a service off.",
  inputs: {
    incident: { description: "The issue's\nnumber.", required: true },
    mode: { description: "hard | soft", default: "hard" },
  },
  outputs: { when: { description: "A date." } },
};

describe("the tables in README files", () => {
  test("have one row an input, on one line, with bars escaped", () => {
    expect(inputsTable(action)).toBe(
      [
        "| Input | What it is | Required | Default |",
        "| --- | --- | --- | --- |",
        "| `incident` | The issue's number. | yes |  |",
        "| `mode` | hard \\| soft | no | `hard` |",
      ].join("\n"),
    );
  });

  test("say so when there is nothing to list", () => {
    expect(outputsTable({ name: "x", description: "y" })).toBe("None.");
  });

  test("replace only what stands between their markers, and come out the same a second time", () => {
    const before = "before\n<!-- inputs:start -->old<!-- inputs:end -->\nafter\n";
    const once = replaceBetween(before, "inputs", "new");
    expect(once).toBe("before\n<!-- inputs:start -->\n\nnew\n\n<!-- inputs:end -->\nafter\n");
    expect(replaceBetween(once, "inputs", "new")).toBe(once);
  });

  test("are not guessed into a file without markers", () => {
    expect(() => replaceBetween("nothing here", "inputs", "new")).toThrow("<!-- inputs:start -->");
  });

  test("link every action from the root README", () => {
    expect(actionsList([action])).toContain(
      "| [`isolate`](actions/isolate/README.md) | Cuts a service off. |",
    );
  });

  test("begin with a README that shows how to use the action", () => {
    const readme = newReadme(action);
    expect(readme).toContain("- uses: ./actions/isolate\n  with:\n    incident: ${{ inputs.incident }}\n");
    expect(() => replaceBetween(replaceBetween(readme, "inputs", ""), "outputs", "")).not.toThrow();
  });
});

test("package.json and the lock file agree, every version exactly", () => {
  type Manifest = { dependencies: Record<string, string>; devDependencies: Record<string, string> };
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Manifest & { version: string; integrity?: string; resolved?: string }>;
  };
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  expect({ ...lock.packages[""]?.dependencies, ...lock.packages[""]?.devDependencies }).toEqual(wanted);
  for (const [name, version] of Object.entries(wanted)) {
    expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  }
  const loose = Object.entries(lock.packages).filter(([path, { integrity }]) => path !== "" && !integrity);
  expect(loose.map(([path]) => path)).toEqual([]);
});
