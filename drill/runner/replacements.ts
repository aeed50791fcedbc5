import type { SimClock } from "../contracts.ts";
import { attest } from "./replacements/attest.ts";
import { checkout } from "./replacements/checkout.ts";
import { configureAwsCredentials } from "./replacements/configure-aws-credentials.ts";
import { setupNode } from "./replacements/setup-node.ts";
import { uploadArtifact } from "./replacements/upload-artifact.ts";

/** Third-party actions that the runner replaces by code of its own, by lower-case `owner/repo`. */
export type ReplacementTable = Readonly<Record<string, Replacement>>;

export interface Replacement {
  /** Supported inputs, in lower case, with their defaults. Any other input is an error when the file is loaded. */
  inputs: Readonly<Record<string, string>>;
  /** Does what the action would do; a thrown error fails the step with its message. */
  run(context: ReplacementContext): Promise<void>;
}

/** What a replacement sees of its step. */
export interface ReplacementContext {
  /** Every supported input, given or default. */
  inputs: Readonly<Record<string, string>>;
  /** The environment that the action's process would have had. */
  env: Readonly<Record<string, string>>;
  workspace: string;
  /** The folder that a checkout copies. */
  workspaceSource: string;
  /** Whether the job's token may fetch the repository. */
  mayFetch: boolean;
  artifactsDir: string | null;
  clock: SimClock;
  signal: AbortSignal;
  log(line: string): void;
  warning(message: string): void;
  addMask(value: string): void;
  setEnv(name: string, value: string): void;
  setOutput(name: string, value: string): void;
}

export const defaultReplacements: ReplacementTable = {
  "actions/attest": attest,
  "actions/checkout": checkout,
  "actions/setup-node": setupNode,
  "actions/upload-artifact": uploadArtifact,
  "aws-actions/configure-aws-credentials": configureAwsCredentials,
};
