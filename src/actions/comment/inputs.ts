import type { CommonInputs, InputReader } from "../inputs.ts";

export interface CommentInputs extends Pick<CommonInputs, "runbook" | "githubToken" | "dryRun"> {
  /** Undefined: the comment is only looked at, before any role is taken on. */
  environment: string | undefined;
}

/** @throws FirebreakError `bad-input`. */
export function readInputs(reader: InputReader): CommentInputs {
  return {
    environment: reader.optional("environment", 60),
    runbook: reader.path("runbook") ?? "runbook.yml",
    githubToken: reader.required("github-token", 2000),
    dryRun: reader.boolean("dry-run"),
  };
}
