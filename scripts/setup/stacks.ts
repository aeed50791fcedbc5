/** What is left to deploy in AWS, with everything that the runbook and the repository say already. */
import { environmentOf } from "../../src/runbook/target.ts";
import type { Context } from "./context.ts";
import { type Around, roleParameters, vaultParameters } from "./stack-parameters.ts";
import { subjectsOf } from "./subjects.ts";

export interface Stacks {
  environment: string;
  vault: Record<string, string>;
  /** Without what neither the runbook nor GitHub knows, such as the trail's bucket. */
  roles: Record<string, string>;
  subjects: { evidence: string[]; containment: string[] };
  /** In this order. */
  commands: string[];
}

export function stacksOf(context: Context, environment: string): Stacks {
  const { repository, runbook } = context;
  const around: Around = {
    repository: repository.name,
    ownerId: repository.ownerId,
    repositoryId: repository.id,
    defaultBranch: repository.defaultBranch,
    trailBucket: null,
    deliveryBucket: null,
  };
  return {
    environment,
    vault: vaultParameters(runbook, environment),
    roles: roleParameters(runbook, environment, around),
    subjects: subjectsOf(context, environment),
    commands: [...deploy(context, "vault", environment), ...deploy(context, "roles", environment)],
  };
}

function deploy({ repository, runbook }: Context, stack: "vault" | "roles", environment: string): string[] {
  const { name, ownerId, id, defaultBranch } = repository;
  const ids = `--repository ${name} --owner-id ${ownerId} --repository-id ${id} --branch ${defaultBranch}`;
  const trail = runbook.evidence.trail ? " --trail-bucket BUCKET" : "";
  const file = `${stack}-${environment}.json`;
  const more = stack === "roles" ? ` ${ids}${trail}` : "";
  const { region } = environmentOf(runbook, environment);
  return [
    `node scripts/run.mjs scripts/setup/print-parameters.ts ${stack} ${environment}${more} > ${file}`,
    `aws cloudformation deploy --region ${region} --stack-name firebreak-${stack}-${environment} --template-file infra/${stack}.yml --capabilities CAPABILITY_NAMED_IAM --parameter-overrides file://${file}`,
  ];
}
