import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { drill } from "../support/drill.ts";

interface Inputs {
  on: { workflow_dispatch: { inputs: Record<string, { required?: boolean; options?: string[] }> } };
}

test("an alarm: what it may mean, what the records say, and a command that declares it; nothing is written", async () => {
  const outcome = await drill("triage");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  const summary = readFileSync(join(outcome.out, "summaries/triage.md"), "utf8");
  expect(summary).toContain("It may mean: Credential compromise; Token replay attack.");
  expect(summary).toContain("it is no evidence");
  expect(summary).toMatch(/\*\*Errors by the hour\*\*: \d+, [1-9]\d* out of the ordinary/);
  expect(summary).toContain("svc-reporting@example.com");

  // The command is one that a shell reads as it is meant, with every input that incident.yml asks for.
  const command = /^gh workflow run incident\.yml.*$/m.exec(summary)?.[0] ?? "";
  const words = execFileSync("sh", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
  expect(words.slice(0, 4)).toEqual(["gh", "workflow", "run", "incident.yml"]);
  const given = Object.fromEntries(
    words
      .slice(4)
      .flatMap((word) => (word === "-f" ? [] : [[word.split("=")[0] ?? "", word.replace(/^[^=]*=/, "")]])),
  );
  const { inputs } = (parse(readFileSync(".github/workflows/incident.yml", "utf8")) as Inputs).on
    .workflow_dispatch;
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
  for (const [name, { required, options }] of Object.entries(inputs)) {
    if (required) expect(Object.keys(given)).toContain(name);
    if (options && given[name] !== undefined) expect(options).toContain(given[name]);
  }

  const byRole = outcome.calls.filter(({ service }) => service !== "github");
  expect(
    byRole.map(({ operation }) => operation).filter((one) => /^(Put|Create|Copy|Delete|Upload)/.test(one)),
  ).toEqual([]);
  const written = outcome.calls.filter(
    ({ service, operation }) => service === "github" && /create|update|add/.test(operation),
  );
  expect(written.map(({ operation }) => operation)).toEqual([]);
}, 240_000);
