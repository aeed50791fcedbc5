import { readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { parse } from "yaml";
import type { Finding } from "./locate.ts";
import type { Runbook } from "./schema.ts";

const WORKFLOWS = ".github/workflows";

/**
 * Checks a runbook against the repository that it stands in: the files that it names, and the environments that the
 * workflows offer. For `npm run validate`; nobody who contains an incident is stopped by it.
 */
export function checkRepository(root: string): (runbook: Runbook) => Finding[] {
  return (runbook) => [...policies(root, runbook), ...offered(root, runbook)];
}

function policies(root: string, { environments }: Runbook): Finding[] {
  return Object.entries(environments).flatMap(([id, { audit_bucket_policy }]) => {
    const path = audit_bucket_policy?.replaceAll("{env}", id);
    const problem = path === undefined ? undefined : problemWith(root, path);
    if (problem === undefined) return [];
    return {
      path: ["environments", id, "audit_bucket_policy"],
      message: `names ${path}, which ${problem}`,
      write: "the path of a JSON file of the repository, from its root",
    };
  });
}

function problemWith(root: string, path: string): string | undefined {
  const inside = relative(root, resolve(root, path));
  if (inside.startsWith("..") || isAbsolute(inside)) return "is outside the repository";
  let text: string;
  try {
    text = readFileSync(join(root, inside), "utf8");
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return "is no JSON";
  }
}

/** An environment that a workflow does not offer can be in no incident, or is swept and verified by nobody. */
function offered(root: string, { environments }: Runbook): Finding[] {
  const workflows = workflowsIn(root);
  return Object.keys(environments).flatMap((id) => {
    const without = workflows.filter(({ lists }) => lists.some((list) => !list.includes(id)));
    if (without.length === 0) return [];
    const names = without.map(({ name }) => name).join(", ");
    return {
      path: ["environments", id],
      message: `is not offered by ${names} in ${WORKFLOWS}`,
      write: `it into their environments as well, or remove it here`,
    };
  });
}

interface Workflow {
  name: string;
  /** The environments of its form, and of its matrix when it runs by schedule. */
  lists: unknown[][];
}

/** The workflows that run Firebreak: they read the runbook. */
function workflowsIn(root: string): Workflow[] {
  const folder = join(root, WORKFLOWS);
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return /uses: .*\/read-runbook(@|\s|$)/m.test(text) ? { name, lists: listsIn(text) } : [];
  });
}

function listsIn(text: string): unknown[][] {
  let workflow: { on?: { workflow_dispatch?: { inputs?: { environment?: { options?: unknown } } } } } | null;
  try {
    workflow = parse(text);
  } catch {
    return [];
  }
  const options = workflow?.on?.workflow_dispatch?.inputs?.environment?.options;
  const matrices = [...text.matchAll(/^\s*environment: .*\|\| '(\[("[\w-]+"(, *)?)+\])'/gm)];
  const scheduled = matrices.map(([, list = "[]"]) => JSON.parse(list) as unknown[]);
  return [...(Array.isArray(options) ? [options] : []), ...scheduled];
}
