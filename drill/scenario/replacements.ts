/** Third-party actions of the shipped workflows that the runner itself does not replace. */
import { defaultReplacements, type ReplacementTable } from "../runner/replacements.ts";

/** Installs nothing: what the scenario stands in for terragrunt is on PATH already. */
const terragruntAction: ReplacementTable[string] = {
  inputs: { tg_version: "", tofu_version: "", tf_version: "", tg_dir: "", tg_command: "", github_token: "" },
  async run({ inputs, log }) {
    if (inputs.tg_command)
      throw new Error("The drill's stand-in for terragrunt-action installs only, it runs no command");
    log("terragrunt is the scenario's stand-in");
  },
};

export const replacements: ReplacementTable = {
  ...defaultReplacements,
  "gruntwork-io/terragrunt-action": terragruntAction,
};
