/** Whether somebody who exists has to review what decides and what runs. */
import { type OwnerLine, ownersOf, parseCodeOwners } from "./code-owner-rules.ts";
import type { Context } from "./context.ts";
import { type Area, type Finding, subject, whyNot } from "./finding.ts";
import { type Read, read } from "./read.ts";

const PERMISSION = "Contents: read";
/** Where GitHub looks, in this order. */
const PLACES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/** One file of each kind that decides, or that runs with a role. The runbook's own path comes first. */
export const SENSITIVE = [
  "policies/audit-bucket.json",
  ".github/workflows/incident.yml",
  ".github/CODEOWNERS",
  "actions/rotate-secret/action.yml",
  "actions/rotate-secret/dist/index.js",
  "infra/roles.yml",
  "src/gate/gate.ts",
  "src/containment/plan.ts",
  "src/vault/vault.ts",
];

export async function codeOwnersArea(context: Context): Promise<Area> {
  return { findings: [await finding(context)], changes: [], kept: [] };
}

async function finding(context: Context): Promise<Finding> {
  const about = subject(
    "code-owners",
    "CODEOWNERS",
    "the runbook, the policies, the workflows, the actions and the infrastructure have owners",
  );
  const file = await readCodeOwners(context);
  if (file.is === "absent") {
    return about.missing("there is none", "Commit .github/CODEOWNERS; the one of this project is a model.");
  }
  if (file.is !== "read") return about.unreadable(whyNot(file));
  const { path, text } = file.value;
  const errors = await codeOwnersErrors(context);
  if (errors.is !== "read") return about.unreadable(whyNot(errors));
  const lines = existing(parseCodeOwners(text), errors.value);
  const unowned = [context.runbookPath, ...SENSITIVE].filter(
    (sensitive) => ownersOf(lines, sensitive).length === 0,
  );
  const unknown = [...new Set(errors.value.flatMap(({ owner }) => (owner === null ? [] : [owner])))];
  const write = `Write people or teams with write access into ${path}: ${unknown.join(", ") || unowned.join(", ")}`;
  if (unowned.length > 0) {
    const why = unknown.length > 0 ? `; GitHub does not know ${unknown.join(", ")}` : "";
    return about.missing(`nobody owns ${unowned.join(", ")}${why}`, write);
  }
  if (errors.value.length > 0) {
    const wrong = errors.value.map(({ line, kind }) => `line ${line}: ${kind}`).join(", ");
    return about.weak(`${path} has mistakes (${wrong}); GitHub passes over them`, write);
  }
  return about.fine(`${path} names owners for all of it`);
}

async function readCodeOwners({
  github,
  repository,
}: Context): Promise<Read<{ path: string; text: string }>> {
  const { owner, repo } = repository;
  for (const path of PLACES) {
    const found = await read(PERMISSION, () => github.rest.repos.getContent({ owner, repo, path }));
    if (found.is === "absent") continue;
    if (found.is !== "read") return found;
    const { data } = found.value;
    if (!Array.isArray(data) && data.type === "file") {
      return { is: "read", value: { path, text: Buffer.from(data.content, "base64").toString("utf8") } };
    }
  }
  return { is: "absent" };
}

interface OwnerError {
  line: number;
  kind: string;
  /** Who is unknown; null when the whole line is wrong. */
  owner: string | null;
}

/** https://docs.github.com/rest/repos/repos#list-codeowners-errors */
async function codeOwnersErrors({ github, repository }: Context): Promise<Read<OwnerError[]>> {
  const { owner, repo } = repository;
  const found = await read(PERMISSION, () => github.rest.repos.codeownersErrors({ owner, repo }));
  if (found.is !== "read") return found;
  const value = found.value.data.errors.map(({ line, column, kind, source = "" }) => ({
    line,
    kind,
    owner: /owner/i.test(kind) ? (/^@?\S+/.exec(source.slice(column - 1))?.[0] ?? null) : null,
  }));
  return { is: "read", value };
}

/** The lines without the owners that do not exist, and without the lines that GitHub cannot read. */
function existing(lines: OwnerLine[], errors: readonly OwnerError[]): OwnerLine[] {
  return lines.flatMap((entry) => {
    const wrong = errors.filter(({ line }) => line === entry.line);
    if (wrong.some(({ owner }) => owner === null)) return [];
    return {
      ...entry,
      owners: entry.owners.filter((owner) => !wrong.some((error) => error.owner === owner)),
    };
  });
}
