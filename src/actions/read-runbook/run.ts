import { resolve } from "node:path";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { environmentOf, resolveTarget } from "../../runbook/target.ts";
import type { ReadRunbookInputs } from "./inputs.ts";

/**
 * Checks the runbook and hands its settings for one environment to the workflow, which needs the role before
 * anything can talk to AWS. Makes no call to anyone.
 */
export async function run(
  inputs: ReadRunbookInputs,
  deps: Pick<ActionDeps, "context" | "log">,
): Promise<Outputs> {
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const settings = environmentOf(runbook, inputs.environment);
  const target = resolveTarget(runbook, inputs.environment, inputs.mcp ?? settings.mcps[0] ?? "");
  deps.log.info(
    `${inputs.environment}: region ${target.region}, cluster ${target.cluster}, vault ${target.vault}`,
  );
  return {
    region: target.region,
    vault: target.vault,
    "evidence-role": target.evidenceRole,
    "containment-role": target.containmentRole,
    "github-environment": target.githubEnvironment,
    "rotation-strategy": runbook.rotation.strategy,
  };
}
