/** The repository's variables that the workflows read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, type Context } from "./context.ts";
import { type Area, type Finding, subject, whyNot } from "./finding.ts";
import { type Read, read } from "./read.ts";
import { hasReviewers } from "./repository.ts";

const PERMISSION = "Variables: read, and write access to the repository";
export const ATTEST = "FIREBREAK_ATTEST";

export async function variablesArea(context: Context): Promise<Area> {
  const values = await readVariables(context);
  const others = variablesIn(context.root).filter((name) => name !== ATTEST);
  const findings = [attestation(context, values), ...others.map((name) => other(context, name, values))];
  const change = {
    lines: [{ what: `variable ${ATTEST}`, from: "not set", to: "true" }],
    permission: "Variables: write",
    apply: async () => {
      const { owner, repo } = context.repository;
      await context.github.rest.actions.createRepoVariable({ owner, repo, name: ATTEST, value: "true" });
    },
  };
  const unset = values.is === "read" && !values.value.has(ATTEST);
  return {
    findings,
    changes: unset && context.request.attest ? [change] : [],
    kept:
      context.request.attest && values.is === "read" && (values.value.get(ATTEST) ?? "true") !== "true"
        ? [`variable ${ATTEST} stays ${values.value.get(ATTEST)}: somebody has set it`]
        : [],
  };
}

/** Every `vars.NAME` of the workflows in this clone. */
export function variablesIn(root: string): string[] {
  const folder = join(root, ".github/workflows");
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  const names = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/\bvars\.(\w+)/g)].map(([, name = ""]) => name),
  );
  return [...new Set(names)].sort();
}

/** The repository's go before the organization's. */
async function readVariables({ github, repository }: Context): Promise<Read<Map<string, string>>> {
  const { owner, repo } = repository;
  const own = await read(PERMISSION, () =>
    github.paginate(github.rest.actions.listRepoVariables, { owner, repo, per_page: 30 }),
  );
  if (own.is !== "read") return own;
  const shared = await read(PERMISSION, () =>
    github.paginate(github.rest.actions.listRepoOrganizationVariables, { owner, repo, per_page: 30 }),
  );
  const all = [...(shared.is === "read" ? shared.value : []), ...own.value];
  return { is: "read", value: new Map(all.map(({ name, value }) => [name.toUpperCase(), value])) };
}

/** Attestations: public repositories, and private ones on GitHub Enterprise Cloud, as required reviewers. */
function attestation(context: Context, values: Read<Map<string, string>>): Finding {
  const purpose =
    "with `true`, GitHub attests every manifest, which anyone can check with gh attestation verify";
  const about = subject(`variable.${ATTEST}`, `variable ${ATTEST}`, purpose, false);
  if (values.is !== "read") return about.unreadable(whyNot(values));
  const value = values.value.get(ATTEST);
  const available = hasReviewers(context.repository);
  if (value === "true" && available === false) {
    return about.weak(
      "is `true`, but this plan has no attestations for private repositories: each capture records one as missing",
      `gh variable delete ${ATTEST} --repo ${context.repository.name}`,
    );
  }
  if (value === "true") return about.fine("is `true`");
  if (available === false)
    return about.fine("is off: this plan has no attestations for private repositories");
  const open = context.repository.public ? " (public, in Sigstore's log)" : "";
  return about.weak(
    `is ${value ?? "not set"}: nothing is attested`,
    `${applyCommand(context, "--attest")}${open}`,
  );
}

function other({ repository }: Context, name: string, values: Read<Map<string, string>>): Finding {
  const about = subject(`variable.${name}`, `variable ${name}`, "a workflow reads it", false);
  if (values.is !== "read") return about.unreadable(whyNot(values));
  const value = values.value.get(name.toUpperCase());
  if (value !== undefined) return about.fine("is set");
  return about.weak("is not set", `gh variable set ${name} --repo ${repository.name} --body VALUE`);
}
