import { FirebreakError } from "../errors.ts";
import { readParameter } from "../gate/live-parameter.ts";
import type { Aws } from "../ports.ts";

/** SSM keeps so many versions of a parameter, and lets the oldest go for a new one unless that one has a label. */
const KEPT = 100;

/**
 * SSM would take another version of the parameter
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html, ParameterMaxVersionLimitExceeded).
 * To be asked before the old secret is dead: afterwards nothing could take its place.
 * @throws FirebreakError `parameter-full`.
 */
export async function requireRoom(ssm: Aws["ssm"], name: string, version: number): Promise<void> {
  if (version < KEPT) return;
  const { versions } = await readParameter(ssm, name);
  const [oldest] = versions;
  if (!oldest || versions.length < KEPT || oldest.labels.length === 0) return;
  const labels = oldest.labels.join(" ");
  throw new FirebreakError(
    "parameter-full",
    `The SSM parameter ${name} has ${versions.length} versions, and the oldest, ${oldest.version}, has a label (${labels}): SSM refuses to write another.`,
    `Once nothing refers to it any more (an incident's evidence may), take the label off and plan anew: aws ssm unlabel-parameter-version --name ${name} --parameter-version ${oldest.version} --labels ${labels}`,
  );
}
