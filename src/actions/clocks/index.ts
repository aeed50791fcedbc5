import { start } from "../start.ts";
import { readInputs } from "./inputs.ts";
import { run } from "./run.ts";

await start(process.env, readInputs, run);
