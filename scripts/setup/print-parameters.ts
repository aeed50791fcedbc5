/**
 * Prints the parameters of infra/vault.yml or infra/roles.yml as far as the runbook has them, for
 * `aws cloudformation deploy --parameter-overrides file://…`
 * (https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/):
 *
 *   node scripts/setup/print-parameters.ts vault dev
 *   node scripts/setup/print-parameters.ts roles dev --repository OWNER/NAME --owner-id 1 --repository-id 2
 *       [--branch main] [--trail-bucket NAME] [--delivery-bucket NAME]
 */
import { parseArgs } from "node:util";
import { FirebreakError } from "../../src/errors.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { roleParameters, vaultParameters } from "./stack-parameters.ts";

const text = { type: "string" } as const;
const options = {
  runbook: { ...text, default: "runbook.yml" },
  repository: text,
  "owner-id": text,
  "repository-id": text,
  branch: { ...text, default: "main" },
  "trail-bucket": text,
  "delivery-bucket": text,
} as const;

async function parameters(): Promise<Record<string, string>> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [stack, environment = ""] = positionals;
  const runbook = await loadRunbook(values.runbook);
  if (stack === "vault") return vaultParameters(runbook, environment);
  if (stack !== "roles") throw new TypeError("name the stack: vault or roles");
  const { repository = "", "owner-id": owner = "", "repository-id": id = "" } = values;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^\d+$/.test(owner) || !/^\d+$/.test(id)) {
    throw new TypeError(
      "give --repository OWNER/NAME, --owner-id and --repository-id: gh api repos/OWNER/NAME --jq '.owner.id, .id'",
    );
  }
  return roleParameters(runbook, environment, {
    repository,
    ownerId: Number(owner),
    repositoryId: Number(id),
    defaultBranch: values.branch,
    trailBucket: values["trail-bucket"] ?? null,
    deliveryBucket: values["delivery-bucket"] ?? null,
  });
}

try {
  const overrides = Object.entries(await parameters()).map(([name, value]) => `${name}=${value}`);
  console.log(JSON.stringify(overrides, null, 2));
} catch (error) {
  if (!(error instanceof FirebreakError || error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
