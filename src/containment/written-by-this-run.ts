import { currentVersion } from "../gate/live-parameter.ts";
import type { ChangeContext } from "./context.ts";
import { createCredential } from "./create-credential.ts";
import { viewOf } from "./engine/run-play.ts";
import { findsItself, type RotatedVersions, rotationCutShort } from "./memory.ts";
import { STEPS } from "./steps.ts";
import { writtenByCommand } from "./written-by-command.ts";

/**
 * What an earlier attempt of this run has written to the parameter and could not note, when the value shows itself to be
 * of the secret that it made, or the version to be of its command. Such a version needs no documenting anew: it is the change itself.
 */
export async function writtenByThisRun(context: ChangeContext): Promise<RotatedVersions | undefined> {
  const { aws, deps, record } = context;
  const { runId } = deps.context;
  const { version } = await currentVersion(aws.ssm, record.target.parameter);
  const cut = rotationCutShort(record.entries, version);
  if (!cut || !findsItself(cut, runId)) return undefined;
  if (cut.step === STEPS.rotateSecret) return writtenByCommand(viewOf(context), version);
  const planned = record
    .all("planned")
    .findLast(({ data }) => data.runId === runId)
    ?.data.plan.steps.find(({ id }) => id === STEPS.createCredential);
  if (!planned) return undefined;
  const { at } = await createCredential.position(viewOf(context), planned);
  return at === "to" ? { previousVersion: cut.previousVersion, newVersion: cut.newVersion } : undefined;
}
