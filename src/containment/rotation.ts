import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { matchesFingerprint } from "../evidence/fingerprint.ts";
import type { DocumentedParameter } from "../evidence/manifest.ts";
import { currentVersion } from "../gate/live-parameter.ts";
import { makeChange } from "./changes.ts";
import { type ChangeContext, failed } from "./context.ts";
import { NOT_ROTATED, type RotatedVersions, rotationCutShort, rotationMade } from "./memory.ts";
import { poll } from "./poll.ts";
import type { StartProcess } from "./process.ts";
import { formsOf } from "./redact.ts";
import { runRotationCommand } from "./rotation-command.ts";
import { STEPS } from "./steps.ts";

export interface Rotation {
  previousVersion: number;
  newVersion: number;
  /** When SSM took the new version. */
  rotatedAt: Date;
}

/** SSM answers reads from copies: a new version may take this long to be seen. */
const VISIBLE_MS = 60_000;

/**
 * Runs the rotation command and requires that the parameter has a newer version with another value afterwards.
 *
 * A rotation that an earlier job made, and whose version is still the current one, is taken over; so is one that was
 * cut short after the command had written, if the value is another.
 * @param folder the command's folder, already checked.
 */
export async function rotateSecret(
  context: ChangeContext,
  documented: DocumentedParameter,
  folder: string,
  startProcess: StartProcess,
): Promise<Rotation> {
  const { aws, deps, record } = context;
  const live = await currentVersion(aws.ssm, documented.name);
  const old = await readValue(context, documented.name, documented.version);
  if (!matchesFingerprint(old, documented.fingerprint)) throw wrongFingerprint(documented);
  const earlier = rotationMade(record.entries, live.version);
  if (earlier) {
    deps.log.info(`rotation  made already: version ${earlier.previousVersion} to ${earlier.newVersion}`);
    return { ...earlier, rotatedAt: new Date(earlier.rotatedAt) };
  }
  const cutShort = rotationCutShort(record.entries, live.version);
  if (cutShort) return takeOver(context, documented.name, cutShort, old, live.lastModified);
  const { strategy, command } = record.runbook.rotation;
  const change = {
    action: "rotate-secret",
    step: STEPS.rotateSecret,
    target: documented.name,
    from: { parameterVersion: documented.version },
    to: { strategy, command, folder: record.target.folder },
  } as const;
  const { rotation } = await makeChange(record, deps.context, change, async () => {
    try {
      await runRotationCommand(context, folder, [old], startProcess);
    } catch (error) {
      await maskNewer(context, documented);
      throw error;
    }
    const { version, lastModified } = await newerVersion(context, documented);
    const value = await readValue(context, documented.name, version);
    if (matchesFingerprint(value, documented.fingerprint)) throw sameValue(documented, version);
    deps.log.info(
      `rotation  ${documented.name}: version ${documented.version} to ${version}, with another value`,
    );
    const rotation = { previousVersion: documented.version, newVersion: version, rotatedAt: lastModified };
    return { outcome: { ...rotation, rotatedAt: lastModified.toISOString() }, rotation };
  });
  return rotation;
}

/** Notes what a command that was cut short had written, after seeing that it is another value. */
async function takeOver(
  context: ChangeContext,
  name: string,
  { previousVersion, newVersion }: RotatedVersions,
  value: string,
  rotatedAt: Date,
): Promise<Rotation> {
  const { deps, record } = context;
  if ((await readValue(context, name, previousVersion)) === value) {
    throw sameValue({ name, version: previousVersion }, newVersion);
  }
  const { runId, runAttempt } = deps.context;
  const [action, step] = ["rotate-secret", STEPS.rotateSecret];
  const outcome = { previousVersion, newVersion, rotatedAt: rotatedAt.toISOString(), takenOver: true };
  await record.append(
    "change-made",
    { action, step, target: name, outcome },
    `change-made/${action}/${step}/${runId}/${runAttempt}`,
  );
  deps.log.info(
    `rotation  was cut short, and had brought ${name} from version ${previousVersion} to ${newVersion}, with another value`,
  );
  return { previousVersion, newVersion, rotatedAt };
}

/** A command that failed may have written a secret all the same: from here on the runner hides it. */
async function maskNewer(context: ChangeContext, { name, version }: DocumentedParameter): Promise<void> {
  try {
    const live = await currentVersion(context.aws.ssm, name);
    for (let newer = version + 1; newer <= live.version; newer += 1) await readValue(context, name, newer);
  } catch (error) {
    context.deps.log.warning(`Whether ${name} has a new value to hide is unknown: ${(error as Error).name}`);
  }
}

/** Reads one version's value and masks it at once, in all the forms in which output could show it. */
async function readValue({ aws, deps }: ChangeContext, name: string, version: number): Promise<string> {
  const answer = await aws.ssm.send(
    new GetParameterCommand({ Name: `${name}:${version}`, WithDecryption: true }),
  );
  const value = answer.Parameter?.Value ?? "";
  for (const form of formsOf(value)) deps.log.mask(form);
  return value;
}

async function newerVersion(
  { aws, deps }: ChangeContext,
  { name, version: documented }: DocumentedParameter,
): Promise<{ version: number; lastModified: Date }> {
  const newer = await poll(deps, "rotation", VISIBLE_MS, async () => {
    const live = await currentVersion(aws.ssm, name);
    const state = `${name} is at version ${live.version}`;
    return live.version > documented ? { state, done: live } : { state };
  });
  if (newer) return newer;
  throw failed(
    NOT_ROTATED,
    `The rotation command succeeded, and ${name} is still at version ${documented}.`,
    "See in the command's output whether it had anything to change (for Terraform: force the secret's replacement), then contain again.",
  );
}

function sameValue({ name, version }: Pick<DocumentedParameter, "name" | "version">, newer: number): Error {
  return failed(
    NOT_ROTATED,
    `${name} has the new version ${newer}, with the same value as the compromised version ${version}.`,
    "Make the rotation command create a new secret. Preserve again, since the parameter was written, then contain again.",
  );
}

function wrongFingerprint({ name, version }: DocumentedParameter): Error {
  return failed(
    "evidence-altered",
    `The value of ${name}:${version} does not have the fingerprint that the capture documents.`,
    "Treat this as audit log tampering; then preserve again and contain again.",
  );
}
