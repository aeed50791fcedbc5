/** infra/'s stacks as a drill's environment deploys them. */
import { join } from "node:path";
import { type Facts, needsOf, type Request } from "../../drill/aws/access/needs.ts";
import type { TemplateRole } from "../../drill/aws/access/roles.ts";
import { DEFAULT_BRANCH, OWNER_ID, REPOSITORY_ID } from "../../drill/scenario/seed-github.ts";
import { deployStacks, type Stacks } from "../../drill/scenario/stacks.ts";
import type { Around } from "../../scripts/setup/stack-parameters.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { environmentOf } from "../../src/runbook/target.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What the drill's repository and account are, as drill/scenario seeds them. */
export const AROUND: Around = {
  repository: "acme/platform",
  ownerId: OWNER_ID,
  repositoryId: REPOSITORY_ID,
  defaultBranch: DEFAULT_BRANCH,
  trailBucket: "aiconnectors-trail-dev-111122223333",
  deliveryBucket: null,
};

export interface DevStacks extends Stacks {
  facts: Facts;
  role(name: "evidence" | "containment" | "batch-copy"): TemplateRole;
  /** The permissions that a request needs in the dev environment. */
  needs(service: string, operation: string, input: Request["input"]): ReturnType<typeof needsOf>;
}

/** Both stacks of the runbook's dev environment. `given` replaces parameters of infra/roles.yml; `account` is the runbook's when absent. */
export async function stacks(given: Record<string, string> = {}, account?: string): Promise<DevStacks> {
  const runbook = await loadRunbook(join(ROOT, "runbook.yml"));
  const { region, evidence_role } = environmentOf(runbook, "dev");
  const place = { region, accountId: account ?? /::(\d+):/.exec(evidence_role)?.[1] ?? "" };
  const deployed = deployStacks(runbook, "dev", place, AROUND, given);
  const facts: Facts = {
    ...place,
    keyOf: (arn) => ({ arn, aliases: [] }),
    roleArn: (name) => `arn:aws:iam::${place.accountId}:role/${name}`,
  };
  return {
    ...deployed,
    facts,
    role: (name) => {
      const role = deployed.roles.get(facts.roleArn(`firebreak-${name}-dev`));
      if (!role) throw new Error(`the stacks have no role ${name}`);
      return role;
    },
    needs: (service, operation, input) => needsOf({ service, operation, input }, facts),
  };
}
