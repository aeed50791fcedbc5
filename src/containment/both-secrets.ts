import { z } from "zod";
import { FirebreakError } from "../errors.ts";
import { GraphError } from "../graph-error.ts";
import { containCommand } from "../incident/commands.ts";
import type { Graph } from "../ports.ts";
import { readValue } from "./documented-parameter.ts";
import { viewOf } from "./engine/run-play.ts";
import type { StepContext } from "./engine/step.ts";
import { readApplication } from "./entra-application.ts";
import type { RotatedVersions } from "./memory.ts";
import { proveAccepted, proveRefused } from "./secret-proof.ts";
import { graphOf, tenantOf } from "./tenant.ts";

const notMade = z.object({ notMade: z.string() });

/** What is shown of the two secrets once every task runs with the new one; why not, where it cannot be shown. */
export const secretsProof = z.object({
  oldSecret: z.union([z.object({ refusedWith: z.string(), since: z.string() }), notMade]),
  newSecret: z.union([z.object({ acceptedAt: z.string() }), notMade]),
});
export type SecretsProof = z.infer<typeof secretsProof>;

/**
 * The negative proof: the token endpoint refuses the secret that the parameter held before, and accepts the one that it
 * holds now.
 *
 * Where a command rotates, the tenant may be none of Firebreak's business, or may not answer it: then that is said, and
 * nothing else. Where it answers, its answer counts.
 * @throws FirebreakError `old-secret-still-works`, `new-secret-refused`, and `secret-not-proved` where Firebreak itself
 *   has rotated.
 */
export async function proveBothSecrets(
  context: StepContext,
  { previousVersion, newVersion }: RotatedVersions,
): Promise<SecretsProof> {
  const { record } = context;
  const { parameter } = record.target;
  const application = await applicationToTry(context);
  if (!("graph" in application)) return { oldSecret: application, newSecret: application };
  const remedy = `Look at the application's secrets in the portal, then: ${containCommand(record)}`;
  const oldSecret = await orWhyNot(context, async () => {
    const value = await readValue(context, parameter, previousVersion);
    const what = `The old secret (version ${previousVersion} of ${parameter})`;
    const { code, since } = await proveRefused(context, application.graph, value, what, remedy);
    return { refusedWith: code, since };
  });
  const newSecret = await orWhyNot(context, async () => {
    const value = await readValue(context, parameter, newVersion);
    const what = `The new secret (version ${newVersion} of ${parameter})`;
    const { at } = await proveAccepted(context, application.graph, value, what, remedy);
    return { acceptedAt: at };
  });
  return { oldSecret, newSecret };
}

/** The mcp's application as the token endpoint knows it, or why it cannot be asked. */
async function applicationToTry(context: StepContext): Promise<{ graph: Graph } | z.infer<typeof notMade>> {
  const { deps, record } = context;
  const { runbook, target } = record;
  if (!runbook.entra && !byFirebreak(context)) return { notMade: "the runbook names no tenant (entra)" };
  try {
    const { appId } = await readApplication(graphOf(viewOf(context)), target.application);
    return { graph: deps.graph({ tenant: tenantOf(runbook).tenant, clientId: appId }) };
  } catch (error) {
    const known = error instanceof FirebreakError || error instanceof GraphError;
    if (byFirebreak(context) || !known) throw error;
    return { notMade: error.message };
  }
}

async function orWhyNot<Proof>(
  context: StepContext,
  prove: () => Promise<Proof>,
): Promise<Proof | z.infer<typeof notMade>> {
  try {
    return await prove();
  } catch (error) {
    const unclear = error instanceof FirebreakError && error.reason === "secret-not-proved";
    if (byFirebreak(context) || !unclear) throw error;
    return { notMade: error.message };
  }
}

function byFirebreak({ record }: StepContext): boolean {
  return record.runbook.rotation.strategy === "entra";
}
