import type { Runbook } from "../runbook/schema.ts";
import { createCredential } from "./create-credential.ts";
import type { Step } from "./engine/step.ts";
import type { StartProcess } from "./process.ts";
import { redeploy } from "./redeploy.ts";
import { removeCredential } from "./remove-credential.ts";
import { rotateSecret } from "./rotation.ts";

/**
 * A new secret first; then tasks that have started with it. Where Firebreak makes the secret itself, the old one is
 * removed before anything else.
 * @param startProcess starts the rotation command.
 */
export function rotationPlay({ rotation }: Pick<Runbook, "rotation">, startProcess: StartProcess): Step[] {
  return rotation.strategy === "entra"
    ? [removeCredential, createCredential, redeploy]
    : [rotateSecret(startProcess), redeploy];
}

/** Every step that a rotation can have had, whatever the runbook says by now. */
export function rotationSteps(startProcess: StartProcess): Step[] {
  return [removeCredential, createCredential, rotateSecret(startProcess), redeploy];
}
