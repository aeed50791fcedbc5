import { join } from "node:path";
import { type Environment, InputReader } from "../../../src/actions/inputs.ts";
import type { StartProcess } from "../../../src/containment/process.ts";
import type { ActionDeps, Outputs } from "../../../src/ports.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Runs an action from its sources, in this process. @throws what the action throws. */
export async function runAction(
  action: string,
  inputs: Record<string, string>,
  deps: ActionDeps,
): Promise<Outputs> {
  const { readInputs } = (await import(`${ROOT}/src/actions/${action}/inputs.ts`)) as {
    readInputs: (reader: InputReader) => object;
  };
  const run = await runOf(action);
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const env: Environment = Object.fromEntries(given);
  return run(readInputs(new InputReader(env)), deps);
}

type Run = (inputs: object, deps: ActionDeps) => Promise<Outputs>;

/** An action's `run`. The one that starts a process gets none to start: that is for the bundle. */
async function runOf(action: string): Promise<Run> {
  const module = (await import(`${ROOT}/src/actions/${action}/run.ts`)) as {
    run?: Run;
    rotateSecretBy?: (startProcess: StartProcess) => Run;
  };
  const run = module.run ?? module.rotateSecretBy?.(() => Promise.reject(new Error("no process here")));
  if (!run) throw new Error(`the action ${action} has no run`);
  return run;
}
