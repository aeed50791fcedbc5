import type { Replacement } from "../replacements.ts";

/** actions/setup-node: nothing to install, the job's PATH begins with the Node that runs the drill. */
export const setupNode: Replacement = {
  inputs: {
    "node-version": "",
    "node-version-file": "",
    cache: "",
    "check-latest": "false",
    "package-manager-cache": "",
  },
  async run({ log, setOutput }) {
    log(`Using node ${process.version} from the runner`);
    setOutput("node-version", process.version);
    setOutput("cache-hit", "false");
  },
};
