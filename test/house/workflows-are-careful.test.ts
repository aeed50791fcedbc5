import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isMap, isScalar, type Node, parseDocument, type YAMLMap } from "yaml";
import { checkRunbook } from "../../src/runbook/check.ts";
import { filesIn, ROOT } from "./sources.ts";

interface Job {
  uses?: string;
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  secrets?: unknown;
  steps?: { uses?: string; run?: string; if?: string }[];
}

interface Input {
  description?: string;
  type?: string;
  required?: boolean;
  options?: string[];
}

interface Workflow {
  "run-name"?: string;
  permissions?: Record<string, string>;
  on?: { workflow_dispatch?: { inputs?: Record<string, Input> } };
  jobs: Record<string, Job>;
}

const workflows = filesIn(".github/workflows", ".yml").map(({ path, text }) => {
  const document = parseDocument(text);
  return { path, text, document, workflow: document.toJS() as Workflow };
});
const dispatched = workflows.filter(({ workflow }) => workflow.on?.workflow_dispatch);
const byPath = (all: typeof workflows) => all.map((one) => [one.path, one] as const);
const { runbook } = checkRunbook(readFileSync(join(ROOT, "runbook.yml"), "utf8"));

function pairsOf(node: unknown): { key: string; value: Node | null }[] {
  if (!isMap(node)) return [];
  return (node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => ({ key: String(key), value }));
}

/** Every `uses:` with the comment behind it, wherever it stands. */
function usesOf(node: unknown): { uses: string; comment: string }[] {
  if (!isMap(node)) {
    const items = (node as { items?: unknown[] } | null)?.items ?? [];
    return items.flatMap(usesOf);
  }
  return pairsOf(node).flatMap(({ key, value }) =>
    key === "uses" && isScalar(value)
      ? [{ uses: String(value.value), comment: value.comment ?? "" }]
      : usesOf(value),
  );
}

describe.each(byPath(workflows))("%s", (_path, { document, workflow, text }) => {
  test("grants nothing to every job, and to each job what it says why", () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect({ name, permissions: job.permissions }).toEqual({ name, permissions: expect.any(Object) });
      const grants = pairsOf(document.getIn(["jobs", name, "permissions"]));
      const unexplained = grants.filter(({ value }) => (value?.comment ?? "").trim().length < 10);
      expect({ name, unexplained: unexplained.map(({ key }) => key) }).toEqual({ name, unexplained: [] });
    }
  });

  test("pins every action of others to a commit, with its version behind it", () => {
    const foreign = usesOf(document.contents).filter(({ uses }) => !uses.startsWith("./"));
    const loose = foreign.filter(
      ({ uses, comment }) =>
        !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses) || !/^ v\d+\.\d+\.\d+$/.test(comment),
    );
    expect(loose).toEqual([]);
  });

  test("puts no expression into a shell", () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps = [] }) =>
      steps.map(({ run = "" }) => run),
    );
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
  });

  test("gives every job a timeout", () => {
    const endless = Object.entries(workflow.jobs).filter(([, job]) => !job.uses && !job["timeout-minutes"]);
    expect(endless.map(([name]) => name)).toEqual([]);
  });

  // GitHub goes on with a job whose condition holds although the run is cancelled
  // (https://docs.github.com/en/actions/reference/workflow-cancellation-reference).
  test("lets whoever cancels a run stop what changes something", () => {
    const unstoppable = Object.entries(workflow.jobs).filter(
      ([, job]) => job.environment !== undefined && /always\(\)/.test(job.if ?? ""),
    );
    expect(unstoppable.map(([name]) => name)).toEqual([]);
  });

  test("handles no secret: roles are assumed with the job's own identity", () => {
    expect(text).not.toMatch(/\bsecrets\s*[.[]|secrets:\s*inherit/);
    const inputs = Object.entries(workflow.on?.workflow_dispatch?.inputs ?? {});
    const asks = inputs.filter(([name]) =>
      /(^|_)(secret|password|token|credential|key)s?(_value)?$/.test(name),
    );
    expect(asks.map(([name]) => name)).toEqual([]);
  });

  test("tells people before it opens a review, which it opens although they could not be told", () => {
    for (const { steps = [] } of Object.values(workflow.jobs)) {
      const at = (action: string) => steps.findIndex(({ uses }) => uses === `./actions/${action}`);
      const [told, review] = [at("escalate"), at("open-review-issue")];
      if (told < 0 || review < 0) continue;
      expect(told).toBeLessThan(review);
      expect(steps[review]?.if).toMatch(/!cancelled\(\)/);
    }
  });

  test("leaves no token behind in the checkout", () => {
    const checkouts = text.split("\n").filter((line) => line.includes("uses: actions/checkout@"));
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
  });
});

describe("what people dispatch", () => {
  test("is incident, preserve, contain, restore and undo at the least", () => {
    const names = dispatched.map(({ path }) => path.split("/").at(-1));
    expect(names).toEqual(
      expect.arrayContaining(["incident.yml", "preserve.yml", "contain.yml", "restore.yml", "undo.yml"]),
    );
  });

  test.each(byPath(dispatched))(
    "%s offers the runbook's environments, and no more inputs than GitHub takes",
    (_path, { workflow }) => {
      const inputs = workflow.on?.workflow_dispatch?.inputs ?? {};
      expect(inputs.environment?.options).toEqual(Object.keys(runbook?.environments ?? {}));
      // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
      expect(Object.keys(inputs).length).toBeLessThanOrEqual(25);
      expect(Object.entries(inputs).filter(([, { description }]) => !description)).toEqual([]);
    },
  );

  test.each(byPath(dispatched))("%s says incident or mcp in the run's name", (_path, { workflow }) => {
    expect(workflow["run-name"]).toMatch(/inputs\.(incident|mcp)/);
  });

  test("a job that may raise the severity opens the review that follows", () => {
    const raising = /^\.\/actions\/(set-severity|comment|verify-audit-trail)$/;
    const without = workflows.filter(({ workflow }) => {
      const uses = Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps.map((step) => step.uses));
      return uses.some((one) => raising.test(one ?? "")) && !uses.includes("./actions/open-review-issue");
    });
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  test("incident.yml offers the runbook's severities and incident types", () => {
    const incident = dispatched.find(({ path }) => path.endsWith("/incident.yml"));
    const inputs = incident?.workflow.on?.workflow_dispatch?.inputs ?? {};
    expect(inputs.severity?.options).toEqual(
      Object.values(runbook?.severities ?? {}).map(({ name }) => name),
    );
    expect(inputs.type?.options).toEqual(Object.keys(runbook?.incident_types ?? {}));
  });
});
