import { processStarter } from "../../containment/process.ts";
import { start } from "../start.ts";
import { readInputs } from "./inputs.ts";
import { rotateSecretBy } from "./run.ts";

const run = rotateSecretBy(processStarter(process.env));
await start(process.env, readInputs, run);
