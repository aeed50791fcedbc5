import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { everyLabel } from "../../src/incident/labels.ts";
import { ACCEPT_LABEL, WAITING_LABEL } from "../../src/intake/report.ts";
import { ownRunbook } from "../support/incident.ts";

interface Form {
  labels: string[];
  body: { type: string; attributes: { label?: string; options?: string[] } }[];
}

const runbook = ownRunbook();
const { intake } = runbook;
const workflow = readFileSync(".github/workflows/intake.yml", "utf8");
const { jobs } = parse(workflow) as { jobs: Record<string, { if: string; strategy?: { matrix: object } }> };

describe.each(Object.keys(intake?.forms ?? {}))("the form %s", (label) => {
  const form = parse(readFileSync(`.github/ISSUE_TEMPLATE/${label}.yml`, "utf8")) as Form;

  test("gives its label, which the workflow looks for and the set-up creates", () => {
    expect(form.labels).toEqual([label]);
    expect(jobs.report?.if).toContain(`'${label}'`);
    expect(everyLabel(runbook).map(({ name }) => name)).toEqual(
      expect.arrayContaining([label, ACCEPT_LABEL, WAITING_LABEL]),
    );
  });

  test("asks for choices first, of what the runbook has", () => {
    const asked = form.body.filter(({ type }) => type !== "markdown");
    expect(asked.map(({ attributes }) => attributes.label?.toLowerCase()).slice(0, 3)).toEqual([
      "environment",
      "mcp",
      "who it is about",
    ]);
    expect(new Set(asked[0]?.attributes.options)).toEqual(new Set(Object.keys(runbook.environments)));
    const mcps = Object.values(runbook.environments).flatMap((environment) => environment.mcps);
    expect(new Set(asked[1]?.attributes.options)).toEqual(new Set(mcps));
  });
});

test("no more labels are looked for than there are forms", () => {
  const looked = [...(jobs.report?.if ?? "").matchAll(/labels\.\*\.name, '([^']+)'/g)].map(
    ([, name]) => name,
  );
  expect(looked).toEqual(Object.keys(intake?.forms ?? {}));
  expect(jobs.report?.if).toContain(`'${ACCEPT_LABEL}'`);
});

test("the schedule looks after every environment", () => {
  expect(jobs.schedule?.strategy?.matrix).toEqual({ environment: Object.keys(runbook.environments) });
});
