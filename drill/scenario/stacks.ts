/** infra/'s stacks as a drill's account has them: deployed with the parameters that `npm run setup` prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Around, roleParameters, vaultParameters } from "../../scripts/setup/stack-parameters.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { rolesOf, type TemplateRole } from "../aws/access/roles.ts";
import { type Place, type Resource, resolveTemplate } from "../aws/access/template.ts";
import type { WorldPlan } from "./plan.ts";
import type { Scenario } from "./schema.ts";
import { DEFAULT_BRANCH, OWNER_ID, REPOSITORY_ID } from "./seed-github.ts";

const INFRA = join(import.meta.dirname, "../../infra");

export interface Stacks {
  /** Of both stacks, by logical id. */
  resources: Record<string, Resource>;
  /** By ARN. */
  roles: Map<string, TemplateRole>;
}

/** `given` replaces parameters of infra/roles.yml. @throws FirebreakError for an environment that the runbook lacks. */
export function deployStacks(
  runbook: Runbook,
  environment: string,
  place: Place,
  around: Around,
  given: Readonly<Record<string, string>> = {},
): Stacks {
  const resources = {
    ...resolveTemplate(template("vault"), vaultParameters(runbook, environment), place),
    ...resolveTemplate(
      template("roles"),
      { ...roleParameters(runbook, environment, around), ...given },
      place,
    ),
  };
  return { resources, roles: rolesOf(resources, place.accountId) };
}

/** The stacks of a drill's environment. */
export function plannedStacks(scenario: Scenario, plan: WorldPlan): Stacks {
  return stacksOf(scenario, plan, plan);
}

/** The stacks of any of the runbook's environments. */
export function stacksOf(
  { repository }: Scenario,
  plan: WorldPlan,
  { environment, accountId, region }: Place & { environment: string },
): Stacks {
  const { runbook } = plan;
  const trail = plan.mcps[0]?.target.trail ?? null;
  return deployStacks(
    runbook,
    environment,
    { accountId, region },
    {
      repository: repository.name,
      ownerId: OWNER_ID,
      repositoryId: REPOSITORY_ID,
      defaultBranch: DEFAULT_BRANCH,
      trailBucket: trail === null ? null : trailBucket(trail, accountId),
      deliveryBucket: deliveryBucket(environment),
    },
  );
}

/** The bucket of a trail that is named by its name or its ARN. */
export function trailBucket(trail: string, accountId: string): string {
  return `${trail.slice(trail.lastIndexOf("/") + 1)}-${accountId}`;
}

/** Where the identity team lays its exports down. */
export function deliveryBucket(environment: string): string {
  return `identity-team-exports-${environment}`;
}

/** A role of the stacks, by its logical id. */
export function roleOf({ roles }: Stacks, logicalId: string): TemplateRole | undefined {
  return [...roles.values()].find(({ id }) => id === logicalId);
}

/** The statements of a bucket's policy in the stacks. */
export function policyOf({ resources }: Stacks, logicalId: string): { Effect: string }[] {
  const document = resources[logicalId]?.properties.PolicyDocument as unknown as
    | { Statement: { Effect: string }[] }
    | undefined;
  if (!document) throw new Error(`the stacks have no bucket policy ${logicalId}`);
  return document.Statement;
}

export function template(name: "vault" | "roles"): string {
  return readFileSync(join(INFRA, `${name}.yml`), "utf8");
}
