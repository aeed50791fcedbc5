import { GraphError } from "../graph-error.ts";
import type { Graph } from "../ports.ts";
import { failed } from "./context.ts";
import { hintOf } from "./credential-choice.ts";
import type { StepContext } from "./engine/step.ts";
import { type Application, type Credential, readApplication, removePassword } from "./entra-application.ts";

/** The client secrets that an incident has made itself, told by their display names. */

/** `firebreak INC-42 run 7001`. */
export function credentialName(incident: string, runId: number): string {
  return `firebreak ${incident} run ${runId}`;
}

/** The incident's own credential that a value belongs to; undefined when none or more than one may be it. */
export function ownCredential(
  credentials: readonly Credential[],
  incident: string,
  value: string,
): Credential | undefined {
  const fitting = credentials.filter((one) => isOwn(one, incident) && one.hint === hintOf(value));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/**
 * Removes the secrets that this incident has made and not written: all of them, as long as the parameter holds the
 * compromised version, whose credential is removed by then; afterwards all but the one that was written.
 * @returns the application as it was before.
 */
export async function removeOrphans(
  { deps, record }: Pick<StepContext, "deps" | "record">,
  graph: Graph,
  written?: string,
): Promise<Application> {
  const application = await readApplication(graph, record.target.application);
  const orphans = application.credentials.filter((one) => isOwn(one, record.id) && one.keyId !== written);
  for (const { keyId, displayName } of orphans) {
    try {
      await removePassword(graph, application, keyId);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      throw failed(
        "orphan-not-removed",
        `The client secret ${keyId}, which an interrupted run has made and nobody knows, could not be removed: ${error.message}`,
        "Remove it in the portal, then run the job again.",
        error,
      );
    }
    deps.log.info(`create-credential  ${keyId} of an interrupted run (${displayName}) is removed`);
  }
  return application;
}

/** Whether this incident has made it, by its display name. */
export function isOwn({ displayName }: Pick<Credential, "displayName">, incident: string): boolean {
  return new RegExp(`^firebreak ${incident} run \\d+$`).test(displayName);
}
