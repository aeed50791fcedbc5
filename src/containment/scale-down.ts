import type { Step } from "./engine/step.ts";
import { scaleToZero } from "./scale-to-zero.ts";
import { suspendScaling } from "./suspend-scaling.ts";

/** Scaling first, which would otherwise start tasks again; the way back is the other way round. */
export const SCALE_DOWN: readonly Step[] = [suspendScaling, scaleToZero];
