import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { currentVersion, versionWritten } from "../gate/live-parameter.ts";
import { GraphError } from "../graph-error.ts";
import { containCommand } from "../incident/commands.ts";
import { intended } from "./changes.ts";
import { failed } from "./context.ts";
import { chooseCredential, hintOf, listed } from "./credential-choice.ts";
import { readValue } from "./documented-parameter.ts";
import { viewOf } from "./engine/run-play.ts";
import type { PlanWorld, Step } from "./engine/step.ts";
import { type Application, type Credential, readApplication, removePassword } from "./entra-application.ts";
import { openRotation, standingRotation } from "./memory.ts";
import { poll } from "./poll.ts";
import { isDead, proveRefused } from "./secret-proof.ts";
import { staying } from "./staying-credentials.ts";
import { STEPS } from "./steps.ts";
import { graphOf, tenantOf } from "./tenant.ts";

export const NO_WAY_BACK =
  "None: the old secret is compromised, and nobody, not even Entra, can give its text again. Contain again to make another new one";

/** Graph answers from copies: a removed credential may be listed for so long. */
const LISTED_MS = 2 * 60_000;

const fromSchema = z.object({
  appId: z.string(),
  keyId: z.string().nullable(),
  parameterVersion: z.number().int(),
});

/** What `verify` gives as proof. */
export const removedProof = z.object({
  keyId: z.string().nullable(),
  refusedWith: z.string(),
  /** ISO 8601: from then on the old secret gave no token. */
  refusedSince: z.string(),
});

/**
 * Removes the compromised client secret by its key id, and requires that the token endpoint refuses it from then on. The
 * credential is the one that the value in SSM belongs to, or the one that was chosen. One that is gone already is planned
 * all the same: that it is dead has to be shown.
 */
export const removeCredential: Step = {
  id: STEPS.removeCredential,
  async plan(world) {
    const { target } = world;
    const application = await readApplication(graphOf(world), target.application);
    const { secret, version, writtenAt } = await compromisedSecret(world);
    const chosen = world.credentialKeyId ?? chosenBefore(world);
    const chooseCommand = containCommand({ id: world.incident, target }, "credential_key_id=<key id>");
    const found = chooseCredential(application, { secret, writtenAt, chosen, chooseCommand });
    if (!found) await requireDead(world, application, secret, version, chooseCommand);
    return {
      id: STEPS.removeCredential,
      text: found
        ? "Remove the compromised client secret from the application in Microsoft Entra ID, by its key id"
        : "The compromised client secret is no longer among those of the application in Microsoft Entra ID: require that it is refused",
      target: `${target.application} (application ${application.appId})`,
      from: {
        appId: application.appId,
        parameterVersion: version,
        ...(found ? { ...found, chosenByHand: chosen !== undefined } : { keyId: null }),
      },
      to: {
        credential: "removed, and refused by the token endpoint",
        ...staying(application, world.incident, found),
      },
      effect: `${target.mcp} gets no new tokens in ${target.environment} from then on, until its tasks run with the new secret. Tokens that were issued before live on, up to ${world.runbook.rotation.token_lifetime_minutes} minutes`,
      undo: NO_WAY_BACK,
    };
  },
  async position(view, { from }) {
    const { keyId } = fromSchema.parse(from);
    if (keyId === null) return { at: "to", outcome: { keyId } };
    const { credentials } = await readApplication(graphOf(view), view.target.application);
    return has(credentials, keyId) ? { at: "from" } : { at: "to", outcome: { keyId } };
  },
  async apply(context, { from }) {
    const { deps, record } = context;
    const keyId = z.string().parse(fromSchema.parse(from).keyId);
    const graph = graphOf(viewOf(context));
    const application = await readApplication(graph, record.target.application);
    try {
      await removePassword(graph, application, keyId);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      const { credentials } = await readApplication(graph, record.target.application);
      if (has(credentials, keyId)) throw notAllowed(record.target.application, error);
    }
    deps.log.info(`remove-credential  ${keyId} of ${record.target.application} is removed`);
    return { keyId };
  },
  async verify(context, planned) {
    const { deps, record } = context;
    const { parameter } = record.target;
    const { appId, keyId, parameterVersion } = fromSchema.parse(planned.from);
    if (keyId !== null) await requireUnlisted(context, keyId);
    const old = await readValue(context, parameter, parameterVersion);
    const { tenant } = tenantOf(record.runbook);
    const what = `The old secret (version ${parameterVersion} of ${parameter})`;
    const remedy = `Look at the application's secrets in the portal: another one may have the same value, or another application. Remove it there, then run the job again: it goes on from here. Or plan anew: ${containCommand(record, "credential_key_id=<key id>")}`;
    const application = deps.graph({ tenant, clientId: appId });
    const { code, since } = await proveRefused(context, application, old, what, remedy);
    return { keyId, refusedWith: code, refusedSince: since };
  },
  undo: { none: NO_WAY_BACK },
};

/** The key id that a recorded plan of this run was made with, where somebody chose it. */
function chosenBefore({ deps, entries }: PlanWorld): string | undefined {
  for (const entry of entries.toReversed()) {
    if (entry.kind !== "planned" || entry.data.runId !== deps.context.runId) continue;
    const step = entry.data.plan.steps.find(({ id }) => id === STEPS.removeCredential);
    return step?.from.chosenByHand === true ? z.string().parse(step.from.keyId) : undefined;
  }
  return undefined;
}

/** The value that the parameter held before this incident's rotation, where that stands already; else its value now. */
async function compromisedSecret(
  world: PlanWorld,
): Promise<{ secret: string; version: number; writtenAt: Date }> {
  const { aws, deps, entries, target } = world;
  const live = await currentVersion(aws.ssm, target.parameter);
  const version =
    standingRotation(entries, live.version, deps.context.runId)?.previousVersion ?? live.version;
  const secret = await readValue(world, target.parameter, version);
  const writtenAt = await versionWritten(aws.ssm, target.parameter, version);
  return { secret, version, writtenAt };
}

/** Nothing fits: then it was removed already, by this incident or by hand, and the token endpoint says so. */
async function requireDead(
  world: PlanWorld,
  { appId, credentials }: Application,
  secret: string,
  version: number,
  chooseCommand: string,
): Promise<void> {
  const removedHere = intended(openRotation(world.entries), "rotate-secret", STEPS.removeCredential).some(
    ({ data }) => data.from.parameterVersion === version && data.from.hint === hintOf(secret),
  );
  if (removedHere) return;
  const { tenant } = tenantOf(world.runbook);
  const verdict = await world.deps.graph({ tenant, clientId: appId }).trySecret(secret);
  if (isDead(verdict)) return;
  const said = verdict.accepted
    ? "the token endpoint still accepts it"
    : `whether it is dead the token endpoint does not say: ${verdict.message}`;
  throw new FirebreakError(
    "credential-not-found",
    [
      `No client secret of ${world.target.application} begins like version ${version} of ${world.target.parameter} and is old enough to be it, and ${said}. The application has:`,
      ...listed(credentials),
    ].join("\n"),
    `If one of these is the compromised one, choose it: ${chooseCommand}\nIf it was removed by hand a moment ago, wait some minutes, then: ${containCommand({ id: world.incident, target: world.target })}`,
  );
}

async function requireUnlisted(context: Parameters<Step["verify"]>[0], keyId: string): Promise<void> {
  const { deps, record } = context;
  const gone = await poll(deps, "remove-credential", LISTED_MS, async () => {
    const { credentials } = await readApplication(graphOf(viewOf(context)), record.target.application);
    return has(credentials, keyId)
      ? { state: `${keyId} is still listed` }
      : { state: `${keyId} is no longer listed`, done: true };
  });
  if (gone) return;
  throw failed(
    "credential-still-there",
    `${record.target.application} still has the client secret ${keyId} after it was removed.`,
    `See the application's audit log in Entra for who puts it back, then: ${containCommand(record)}`,
  );
}

function notAllowed(application: string, cause: GraphError): Error {
  return failed(
    "credential-not-removed",
    `The client secret of ${application} could not be removed: ${cause.message}`,
    "The application of entra.containment_client_id needs Application.ReadWrite.OwnedBy and has to be an owner of the mcp's application (docs/setup.md). Until then remove the secret in the portal.",
    cause,
  );
}

function has(credentials: readonly Credential[], keyId: string): boolean {
  return credentials.some((one) => one.keyId === keyId);
}
