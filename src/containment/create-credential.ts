import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { z } from "zod";
import { matchesFingerprint } from "../evidence/fingerprint.ts";
import { currentVersion } from "../gate/live-parameter.ts";
import { GraphError } from "../graph-error.ts";
import { containCommand } from "../incident/commands.ts";
import { failed } from "./context.ts";
import { documentedParameter, maskSecret, readValue } from "./documented-parameter.ts";
import { viewOf } from "./engine/run-play.ts";
import type { Step, StepContext } from "./engine/step.ts";
import { addPassword, readApplication } from "./entra-application.ts";
import { rotationMade, rotationOutcome, standingRotation } from "./memory.ts";
import { credentialName, ownCredential, removeOrphans } from "./own-credentials.ts";
import { requireRoom } from "./parameter-room.ts";
import { notSecure, settingsOf } from "./parameter-settings.ts";
import { poll } from "./poll.ts";
import { formsOf } from "./redact.ts";
import { NO_WAY_BACK } from "./remove-credential.ts";
import { proveAccepted } from "./secret-proof.ts";
import { STEPS } from "./steps.ts";
import { graphOf, tenantOf } from "./tenant.ts";

const DAY_MS = 86_400_000;
/** SSM answers reads from copies: a new version may take this long to be seen. */
const VISIBLE_MS = 60_000;
const TRIES = 3;
/** Until a secret that was made shows up in Graph's list. */
const LISTED_AFTER_MS = 15_000;

/** What the ledger keeps of a new secret: everything but its text. Nothing of Entra where a later run has noted it. */
export const createdOutcome = rotationOutcome.extend({
  keyId: z.string().optional(),
  displayName: z.string().optional(),
  end: z.string().nullish(),
});

/**
 * Makes a new client secret and writes it straight to the SSM parameter. Entra gives the text once: between the two
 * calls it stands nowhere but in this process. A run that was killed there leaves a secret that nobody knows; it is told
 * by its display name, which holds incident and run, removed by its key id, and another one is made.
 */
export const createCredential: Step = {
  id: STEPS.createCredential,
  async plan({ aws, deps, entries, incident, runbook, target }) {
    const { version } = await currentVersion(aws.ssm, target.parameter);
    if (standingRotation(entries, version, deps.context.runId)) return null;
    await requireRoom(aws.ssm, target.parameter, version);
    const settings = await settingsOf(aws.ssm, target.parameter, version);
    if (settings.Type !== "SecureString") throw notSecure(target.parameter, settings.Type);
    return {
      id: STEPS.createCredential,
      text: "Make a new client secret in Microsoft Entra ID and write it to the SSM parameter. A secret that an interrupted run of this incident has made, and that nobody knows, is removed first",
      target: target.parameter,
      from: { parameterVersion: version },
      to: {
        parameterVersion: "the next version, with another value",
        application: target.application,
        displayName: credentialName(incident, deps.context.runId),
        lifetime: `${lifetimeDays(runbook)} days`,
        key: settings.KeyId ?? "the account's own",
        tier: settings.Tier ?? "Standard",
      },
      effect: "None yet: running tasks keep the secret they were started with",
      undo: NO_WAY_BACK,
    };
  },
  async position(view, { from, target }) {
    const { version } = await currentVersion(view.aws.ssm, target);
    if (version === from.parameterVersion) return { at: "from" };
    const made = rotationMade(view.entries, version);
    if (made) {
      const { runId: _runId, ...outcome } = made;
      return { at: "to", outcome };
    }
    const incident = view.entries[0]?.incident ?? "";
    const value = await readValue(view, target, version);
    const application = await readApplication(graphOf(view), view.target.application);
    const own = ownCredential(application.credentials, incident, value);
    if (!own)
      return { at: "elsewhere", drift: [`its version was ${from.parameterVersion} and is ${version}`] };
    const { lastModified } = await currentVersion(view.aws.ssm, `${target}:${version}`);
    const previousVersion = z.number().int().parse(from.parameterVersion);
    return { at: "to", outcome: outcomeOf(previousVersion, version, lastModified, own) };
  },
  async apply(context, planned) {
    const { aws, deps } = context;
    const documented = await documentedParameter(context, planned);
    const settings = await settingsOf(aws.ssm, documented.name, documented.version);
    const { credential, secret } = await makeSecret(context);
    const command = new PutParameterCommand({
      Name: documented.name,
      Value: secret,
      Type: "SecureString",
      Overwrite: true,
      KeyId: settings.KeyId,
      Tier: settings.Tier,
      DataType: settings.DataType,
      Description: settings.Description,
      AllowedPattern: settings.AllowedPattern,
    });
    const { Version } = await aws.ssm.send(command).catch((error: unknown) => {
      throw notWritten(documented.name, secret, error);
    });
    const { version, lastModified } = await visible(context, documented.name, Version ?? 0);
    await removeOrphans(context, graphOf(viewOf(context)), credential.keyId);
    deps.log.info(
      `create-credential  ${documented.name}: version ${documented.version} to ${version}, client secret ${credential.keyId}`,
    );
    return outcomeOf(documented.version, version, lastModified, credential);
  },
  async verify(context, planned, outcome) {
    const { deps, record } = context;
    const { newVersion, keyId } = createdOutcome.parse(outcome);
    const documented = await documentedParameter(context, planned);
    const value = await readValue(context, documented.name, newVersion);
    if (matchesFingerprint(value, documented.fingerprint)) throw sameValue(documented.name, newVersion);
    const { appId } = await readApplication(graphOf(viewOf(context)), record.target.application);
    const { tenant } = tenantOf(record.runbook);
    const what = `The new secret (version ${newVersion} of ${documented.name})`;
    const remedy = `Tasks keep running with the old one. See the application's secrets in the portal, then: ${containCommand(record)}`;
    const application = deps.graph({ tenant, clientId: appId });
    const { at } = await proveAccepted(context, application, value, what, remedy);
    return { newVersion, otherValueThan: documented.version, keyId, acceptedAt: at };
  },
  undo: { none: NO_WAY_BACK },
};

/** Where an answer is lost, a secret may have been made that nobody can read: it is removed, and another one made. */
async function makeSecret(context: StepContext): ReturnType<typeof addPassword> {
  const { deps, record } = context;
  const end = new Date(deps.clock.now().getTime() + lifetimeDays(record.runbook) * DAY_MS);
  const displayName = credentialName(record.id, deps.context.runId);
  const graph = graphOf(viewOf(context));
  for (let attempt = 1; ; attempt += 1) {
    const application = await removeOrphans(context, graph);
    try {
      return await addPassword(graph, application, { displayName, end }, (secret) =>
        maskSecret(deps.log, secret),
      );
    } catch (error) {
      if (!(error instanceof GraphError) || error.refused || attempt === TRIES) throw error;
      deps.log.warning(`create-credential  no answer from Microsoft Graph: ${error.message}`);
      await deps.clock.sleep(LISTED_AFTER_MS);
    }
  }
}

function outcomeOf(
  previousVersion: number,
  newVersion: number,
  rotatedAt: Date,
  { keyId, displayName, end }: { keyId: string; displayName: string; end: string | null },
): z.input<typeof createdOutcome> {
  return { previousVersion, newVersion, rotatedAt: rotatedAt.toISOString(), keyId, displayName, end };
}

async function visible(
  { aws, deps }: StepContext,
  name: string,
  written: number,
): Promise<{ version: number; lastModified: Date }> {
  const found = await poll(deps, "create-credential", VISIBLE_MS, async () => {
    const live = await currentVersion(aws.ssm, name);
    const state = `${name} is at version ${live.version}`;
    return live.version >= written ? { state, done: live } : { state };
  });
  if (found) return found;
  throw new Error(`SSM wrote version ${written} of ${name} and does not show it`);
}

function lifetimeDays({ rotation }: StepContext["record"]["runbook"]): number {
  if (rotation.strategy !== "entra") throw new Error("the runbook's rotation makes no secret itself");
  return rotation.lifetime_days;
}

/** An answer of AWS may repeat what it was sent, and ledger and issue last: nothing of it but this text goes further. */
function notWritten(name: string, secret: string, error: unknown): Error {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const harmless = formsOf(secret).reduce((text, form) => text.replaceAll(form, "***"), said);
  return failed(
    "parameter-not-written",
    `The new client secret could not be written to ${name}: ${harmless}`,
    "Mend the cause and run the job again: the secret that nobody knows is removed, and another one made.",
  );
}

function sameValue(name: string, version: number): Error {
  return failed(
    "not-rotated",
    `${name} has the new version ${version}, with the same value as the compromised one.`,
    "Find out who wrote it (CloudTrail, PutParameter), preserve again, then contain again.",
  );
}
