import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { filesIn, foldersIn, ROOT, withoutComments } from "./sources.ts";

const names = foldersIn("actions");
const modules = filesIn("src", ".ts").map(({ path, text }) => ({ path, code: withoutComments(text) }));

interface Metadata {
  name: string;
  description: string;
  author: string;
  branding: { icon: string; color: string };
  inputs: Record<string, { description?: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description?: string }>;
  runs: { using: string; main: string };
}

describe("the actions", () => {
  test("an action's folder, its code and its action.yml go together", () => {
    expect(foldersIn("src/actions")).toEqual(names);
    expect(filesIn("actions", "action.yml").map(({ path }) => path)).toEqual(
      names.map((name) => `actions/${name}/action.yml`),
    );
  });

  test.each(names)("%s: index.ts wires and nothing else", (name) => {
    const text = readFileSync(join(ROOT, "src", "actions", name, "index.ts"), "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    expect(text).toMatch(/^await start\(process\.env, readInputs, .*run\b/m);
  });

  test.each(names)(
    "%s: action.yml runs its bundle on Node 24 and describes every input and output",
    (name) => {
      const metadata = parse(readFileSync(join(ROOT, "actions", name, "action.yml"), "utf8")) as Metadata;
      expect(metadata.runs).toEqual({ using: "node24", main: "dist/index.js" });
      expect(
        [metadata.name, metadata.description, metadata.author, metadata.branding.icon].every(Boolean),
      ).toBe(true);
      const described = [...Object.values(metadata.inputs), ...Object.values(metadata.outputs ?? {})];
      expect(described.filter(({ description }) => !description?.trim())).toEqual([]);
      expect(metadata.inputs.runbook?.default).toBe("runbook.yml");
      expect(metadata.inputs["github-token"]?.default).toBe("${{ github.token }}");
      expect(metadata.inputs["dry-run"]?.default).toBe("false");
    },
  );

  test.each(names)("%s: inputs.ts reads every input that action.yml offers", (name) => {
    const metadata = parse(readFileSync(join(ROOT, "actions", name, "action.yml"), "utf8")) as Metadata;
    const readers = [`src/actions/${name}/inputs.ts`, "src/actions/inputs.ts"];
    const code = modules.filter(({ path }) => readers.includes(path)).map((module) => module.code);
    expect(Object.keys(metadata.inputs).filter((input) => !code.join().includes(`"${input}"`))).toEqual([]);
  });

  test("process.env is read by the entries alone, and core.getInput by nobody", () => {
    const isEntry = (path: string) => /^src\/actions\/[^/]+\/index\.ts$/.test(path);
    const offenders = modules.filter(
      ({ path, code }) =>
        (/\bprocess\s*\.\s*env\b/.test(code) && !isEntry(path)) ||
        /\bgetInput|getMultilineInput|getBooleanInput/.test(code),
    );
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  test("the code knows no organisation", () => {
    const own = modules.filter(({ code }) =>
      /novonordisk|novo nordisk|aiconnectors|ai connectors/i.test(code),
    );
    expect(own.map(({ path }) => path)).toEqual([]);
  });
});
