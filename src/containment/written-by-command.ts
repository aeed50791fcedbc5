import { GetParameterHistoryCommand } from "@aws-sdk/client-ssm";
import { rolePrincipal } from "../evidence/role-principal.ts";
import type { LiveView } from "./engine/step.ts";
import { findsItself, type RotatedVersions, rotationCutShort } from "./memory.ts";
import { STEPS } from "./steps.ts";

/**
 * What this run's rotation command has written and the run could not note: the one version that came after the command
 * was announced, by the role that the command runs with. A command that takes on another role is not told from somebody
 * else; then a new plan takes over what it wrote. That the value is another one is still to be seen.
 *
 * SSM names who wrote a version as `LastModifiedUser`
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterHistory.html).
 */
export async function writtenByCommand(
  { aws, deps, entries, target }: Pick<LiveView, "aws" | "deps" | "entries" | "target">,
  version: number,
): Promise<(RotatedVersions & { rotatedAt: Date }) | undefined> {
  const cut = rotationCutShort(entries, version);
  if (cut?.step !== STEPS.rotateSecret || !findsItself(cut, deps.context.runId)) return undefined;
  if (version !== cut.previousVersion + 1) return undefined;
  let NextToken: string | undefined;
  do {
    const page = await aws.ssm.send(
      new GetParameterHistoryCommand({ Name: target.parameter, WithDecryption: false, NextToken }),
    );
    const found = page.Parameters?.find((one) => one.Version === version);
    if (found) {
      const own = isOf(found.LastModifiedUser ?? "", target.containmentRole);
      return own ? { ...cut, rotatedAt: found.LastModifiedDate ?? new Date(0) } : undefined;
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return undefined;
}

/** Whether a principal is a session of the role. */
function isOf(principal: string, roleArn: string): boolean {
  const [session, role] = [rolePrincipal(principal), rolePrincipal(roleArn)];
  return session !== undefined && session.name === role?.name && session.accountId === role.accountId;
}
