import * as core from "@actions/core";
import { createAws } from "../clients/aws.ts";
import { createEntra } from "../clients/entra.ts";
import { createGitHub } from "../clients/github.ts";
import { microsoftCloud } from "../clients/microsoft-cloud.ts";
import { createWebhook } from "../clients/webhook.ts";
import { describeError, FirebreakError } from "../errors.ts";
import type { ActionDeps, Clock, Log, Outputs } from "../ports.ts";
import { type CommonInputs, type Environment, InputReader, readContext } from "./inputs.ts";

type GitHubToken = Pick<CommonInputs, "githubToken">;

/**
 * Runs one action: reads its inputs, builds the real clients, sets the outputs, and fails the step once with the
 * reason and the remedy. The only place that knows the runner.
 */
export async function start<Inputs extends GitHubToken>(
  env: Environment,
  readInputs: (reader: InputReader) => Inputs,
  run: (inputs: Inputs, deps: ActionDeps) => Promise<Outputs>,
): Promise<void> {
  try {
    const inputs = readInputs(new InputReader(env));
    core.setSecret(inputs.githubToken);
    const outputs = await run(inputs, createDeps(env, inputs.githubToken));
    setOutputs(outputs);
  } catch (error) {
    if (error instanceof FirebreakError) setOutputs(error.outputs);
    core.setFailed(describeError(error));
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause !== undefined) core.info(`Cause: ${describeError(cause)}`);
  }
}

function setOutputs(outputs: Outputs): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

function createDeps(env: Environment, githubToken: string): ActionDeps {
  const { apiUrl, ...context } = readContext(env);
  const log: Log = {
    info: (message) => core.info(message),
    warning: (message) => core.warning(message),
    error: (message) => core.error(message),
    mask: (secret) => {
      if (secret !== "") core.setSecret(secret);
    },
  };
  const clock: Clock = {
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  return {
    aws: createAws,
    github: createGitHub(githubToken, apiUrl, log),
    graph: createEntra({
      cloud: microsoftCloud(env.AZURE_AUTHORITY_HOST, env.MICROSOFT_GRAPH_ENDPOINT),
      clock,
      log,
      identityToken: (audience) => core.getIDToken(audience),
    }),
    webhook: createWebhook(),
    githubAs: (token) => createGitHub(token, apiUrl, log),
    clock,
    log,
    context,
    summary: async (markdown) => {
      await core.summary.addRaw(markdown, true).write();
    },
  };
}
