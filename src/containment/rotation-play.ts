import type { Step } from "./engine/step.ts";
import type { StartProcess } from "./process.ts";
import { redeploy } from "./redeploy.ts";
import { rotateSecret } from "./rotation.ts";

/** A new secret first; then tasks that have started with it. @param startProcess starts the rotation command. */
export function rotationPlay(startProcess: StartProcess): readonly Step[] {
  return [rotateSecret(startProcess), redeploy];
}
