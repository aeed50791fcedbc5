import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { ActionDeps, GitHub } from "../ports.ts";
import type { Runbook } from "../runbook/schema.ts";
import { environmentOf } from "../runbook/target.ts";

/**
 * GitHub as somebody who may read secret scanning alerts, by the token in the parameter that the runbook names; null when
 * it names none. The token is masked before anything else is done with it, and is kept nowhere.
 * @throws Error when the parameter cannot be read.
 */
export async function secretReader(
  deps: Pick<ActionDeps, "aws" | "githubAs" | "log">,
  runbook: Runbook,
  environment: string,
): Promise<GitHub | null> {
  const template = runbook.intake?.secret_scanning_token;
  if (template === undefined) return null;
  const { ssm } = deps.aws(environmentOf(runbook, environment).region);
  const Name = template.replaceAll("{env}", environment);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
  const token = Parameter?.Value?.trim();
  if (!token) throw new Error(`the parameter ${Name} is empty: put the token into it (docs/intake.md)`);
  deps.log.mask(token);
  return deps.githubAs(token);
}
