import { matchesFingerprint } from "../evidence/fingerprint.ts";
import { currentVersion } from "../gate/live-parameter.ts";
import type { Json } from "./changes.ts";
import { type ChangeContext, failed } from "./context.ts";
import { type Documented, documentedParameter, readValue } from "./documented-parameter.ts";
import type { Step, StepContext } from "./engine/step.ts";
import { rotationFolder } from "./folder.ts";
import {
  findsItself,
  NOT_ROTATED,
  type RotatedVersions,
  rotationCutShort,
  rotationMade,
  rotationOutcome,
  standingRotation,
} from "./memory.ts";
import { requireRoom } from "./parameter-room.ts";
import { poll } from "./poll.ts";
import type { StartProcess } from "./process.ts";
import { commandOf, runRotationCommand } from "./rotation-command.ts";
import { STEPS } from "./steps.ts";
import { writtenByCommand } from "./written-by-command.ts";

const NO_WAY_BACK = "None: the old secret is compromised. Running the command again makes another new one";

/** SSM answers reads from copies: a new version may take this long to be seen. */
const VISIBLE_MS = 60_000;

/**
 * Runs the rotation command and requires that the parameter has a newer version with another value afterwards.
 * @param startProcess starts the command, in the mcp's folder.
 */
export function rotateSecret(startProcess: StartProcess): Step {
  return {
    id: STEPS.rotateSecret,
    async plan(world) {
      const { aws, deps, entries, runbook, target } = world;
      const { version } = await currentVersion(aws.ssm, target.parameter);
      if (standingRotation(entries, version, deps.context.runId)) return null;
      const { strategy, command } = commandOf(runbook);
      const own = await writtenByCommand(world, version);
      if (!own) await requireRoom(aws.ssm, target.parameter, version);
      return {
        id: STEPS.rotateSecret,
        text: "Run the rotation command, which makes a new secret and writes it to the SSM parameter",
        target: target.parameter,
        from: { parameterVersion: own?.previousVersion ?? version },
        to: {
          parameterVersion: "a newer version with another value",
          strategy,
          command,
          folder: target.folder,
        },
        effect: "None yet: running tasks keep the secret they were started with",
        undo: NO_WAY_BACK,
      };
    },
    async position(view, { from, target }) {
      const { version } = await currentVersion(view.aws.ssm, target);
      if (version === from.parameterVersion) return { at: "from" };
      const made = rotationMade(view.entries, version);
      if (made) return { at: "to", outcome: outcomeOf(made, new Date(made.rotatedAt)) };
      const own = await writtenByCommand(view, version);
      if (own && own.previousVersion === from.parameterVersion)
        return { at: "to", outcome: outcomeOf(own, own.rotatedAt) };
      return { at: "elsewhere", drift: [`its version was ${from.parameterVersion} and is ${version}`] };
    },
    async apply(context, planned) {
      const { deps, record } = context;
      const documented = await documentedParameter(context, planned);
      const old = await oldValue(context, documented);
      const folder = await rotationFolder(deps.context.workspace, record.target.folder);
      try {
        await runRotationCommand(context, folder, [old], startProcess);
      } catch (error) {
        await maskNewer(context, documented);
        throw error;
      }
      const { version, lastModified } = await newerVersion(context, documented);
      await requireOther(context, documented, version);
      deps.log.info(
        `rotation  ${documented.name}: version ${documented.version} to ${version}, with another value`,
      );
      return outcomeOf({ previousVersion: documented.version, newVersion: version }, lastModified);
    },
    async verify(context, planned, outcome) {
      const { newVersion } = rotationOutcome.parse(outcome);
      const documented = await documentedParameter(context, planned);
      await requireOther(context, documented, newVersion);
      return { newVersion, otherValueThan: documented.version };
    },
    undo: { none: NO_WAY_BACK },
  };
}

/**
 * Notes a rotation whose command was cut short in an earlier run and had written, after seeing that the value is
 * another. Where the plan rotates there is none.
 */
export async function takeOverRotation(context: StepContext): Promise<void> {
  const { aws, deps, record } = context;
  const name = record.target.parameter;
  const { version, lastModified } = await currentVersion(aws.ssm, name);
  const cutShort = rotationCutShort(record.entries, version);
  if (!cutShort || findsItself(cutShort, deps.context.runId)) return;
  const { previousVersion, newVersion } = cutShort;
  if ((await readValue(context, name, previousVersion)) === (await readValue(context, name, newVersion)))
    throw sameValue({ name, version: previousVersion }, newVersion);
  const { runId, runAttempt } = deps.context;
  const [action, step] = ["rotate-secret", cutShort.step];
  const outcome = { ...outcomeOf(cutShort, lastModified), takenOver: true };
  await record.append(
    "change-made",
    { action, step, target: name, outcome },
    `change-made/${action}/${step}/${runId}/${runAttempt}`,
  );
  deps.log.info(
    `rotation  was cut short, and had brought ${name} from version ${previousVersion} to ${newVersion}, with another value`,
  );
}

async function oldValue(context: StepContext, documented: Documented): Promise<string> {
  const old = await readValue(context, documented.name, documented.version);
  if (!matchesFingerprint(old, documented.fingerprint)) throw wrongFingerprint(documented);
  return old;
}

async function requireOther(context: StepContext, documented: Documented, version: number): Promise<void> {
  const value = await readValue(context, documented.name, version);
  if (matchesFingerprint(value, documented.fingerprint)) throw sameValue(documented, version);
}

function outcomeOf({ previousVersion, newVersion }: RotatedVersions, rotatedAt: Date): Json {
  return { previousVersion, newVersion, rotatedAt: rotatedAt.toISOString() };
}

/** A command that failed may have written a secret all the same: from here on the runner hides it. */
async function maskNewer(context: ChangeContext, { name, version }: Documented): Promise<void> {
  try {
    const live = await currentVersion(context.aws.ssm, name);
    for (let newer = version + 1; newer <= live.version; newer += 1) await readValue(context, name, newer);
  } catch (error) {
    context.deps.log.warning(`Whether ${name} has a new value to hide is unknown: ${(error as Error).name}`);
  }
}

async function newerVersion(
  { aws, deps }: ChangeContext,
  { name, version: documented }: Documented,
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

function sameValue({ name, version }: Pick<Documented, "name" | "version">, newer: number): Error {
  return failed(
    NOT_ROTATED,
    `${name} has the new version ${newer}, with the same value as the compromised version ${version}.`,
    "Make the rotation command create a new secret. Preserve again, since the parameter was written, then contain again.",
  );
}

function wrongFingerprint({ name, version }: Documented): Error {
  return failed(
    "evidence-altered",
    `The value of ${name}:${version} does not have the fingerprint that the capture documents.`,
    "Treat this as audit log tampering; then preserve again and contain again.",
  );
}
