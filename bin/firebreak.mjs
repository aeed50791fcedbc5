#!/usr/bin/env node
/** `npx firebreak …` from a clone: the command under the pinned Node, with the caller's arguments and folder. */
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../src/cli/firebreak.ts", import.meta.url));
process.argv.splice(2, 0, command);
await import("../scripts/run.mjs");
