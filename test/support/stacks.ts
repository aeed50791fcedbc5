/** infra/'s stacks as a drill's environment deploys them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rolesOf, type TemplateRole } from "../../drill/aws/access/roles.ts";
import { type Resource, resolveTemplate } from "../../drill/aws/access/template.ts";
import { type Around, roleParameters, vaultParameters } from "../../scripts/setup/stack-parameters.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { environmentOf } from "../../src/runbook/target.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What the drill's repository and account are, as drill/scenario seeds them. */
export const AROUND: Around = {
  repository: "acme/platform",
  ownerId: 41_234_567,
  repositoryId: 812_345_678,
  defaultBranch: "main",
  trailBucket: "aiconnectors-trail-dev-111122223333",
  deliveryBucket: null,
};

export interface Stacks {
  place: { region: string; accountId: string };
  cluster: string;
  signingKeyAlias: string;
  resources: Record<string, Resource>;
  roles: Map<string, TemplateRole>;
  role(name: "evidence" | "containment" | "batch-copy"): TemplateRole;
}

/** Both stacks of the runbook's dev environment. `given` replaces parameters of infra/roles.yml; `account` is the runbook's when absent. */
export async function stacks(given: Record<string, string> = {}, account?: string): Promise<Stacks> {
  const runbook = await loadRunbook(join(ROOT, "runbook.yml"));
  const { region, evidence_role, cluster } = environmentOf(runbook, "dev");
  const place = { region, accountId: account ?? /::(\d+):/.exec(evidence_role)?.[1] ?? "" };
  const parameters = { ...roleParameters(runbook, "dev", AROUND), ...given };
  const resources = {
    ...resolveTemplate(template("vault"), vaultParameters(runbook, "dev"), place),
    ...resolveTemplate(template("roles"), parameters, place),
  };
  const roles = rolesOf(resources, place.accountId);
  return {
    place,
    cluster: cluster.replaceAll("{env}", "dev"),
    signingKeyAlias: parameters.SigningKeyAlias ?? "",
    resources,
    roles,
    role: (name) => {
      const role = roles.get(`arn:aws:iam::${place.accountId}:role/firebreak-${name}-dev`);
      if (!role) throw new Error(`the stacks have no role ${name}`);
      return role;
    },
  };
}

export function template(name: "vault" | "roles"): string {
  return readFileSync(join(ROOT, "infra", `${name}.yml`), "utf8");
}
