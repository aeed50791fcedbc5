import { dirname } from "node:path";
import type { CommandFiles } from "./file-commands.ts";
import type { JobExecution } from "./job-execution.ts";

/** The environment of a step's process. It takes from the drill's own nothing but what PATH holds. */

export interface StepIdentity {
  /** GITHUB_ACTION. */
  action: string;
  /** Folder of the action that the step belongs to; null for a `run` step of a job. */
  actionPath: string | null;
  /** `owner/repo` and ref of a third-party action. */
  repository: string;
  ref: string;
}

/** Everything a step's process sees; what comes later wins, so GITHUB_* and RUNNER_* cannot be overridden. */
export function stepEnvironment(
  execution: JobExecution,
  env: Readonly<Record<string, string>>,
  identity: StepIdentity,
  files: CommandFiles,
): Record<string, string> {
  const { run, folders, paths, oidcEnv } = execution;
  const base = { HOME: folders.home, ...run.toolEnv, ...env };
  const path = [...paths, dirname(process.execPath), env.PATH ?? process.env.PATH ?? "/usr/bin:/bin"];
  return {
    ...base,
    PATH: path.join(":"),
    ...githubVariables(execution, identity),
    ...runnerVariables(execution),
    ...oidcEnv,
    ...files,
  };
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables */
function githubVariables(execution: JobExecution, identity: StepIdentity): Record<string, string> {
  const { run, plan, folders } = execution;
  const text = (name: string) => run.github[name]?.coerceString() ?? "";
  return {
    CI: "true",
    GITHUB_ACTION: identity.action,
    ...(identity.actionPath === null ? {} : { GITHUB_ACTION_PATH: identity.actionPath }),
    GITHUB_ACTION_REF: identity.ref,
    GITHUB_ACTION_REPOSITORY: identity.repository,
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: text("actor"),
    GITHUB_ACTOR_ID: text("actor_id"),
    GITHUB_API_URL: text("api_url"),
    GITHUB_BASE_REF: text("base_ref"),
    GITHUB_EVENT_NAME: text("event_name"),
    GITHUB_EVENT_PATH: folders.eventPath,
    GITHUB_GRAPHQL_URL: text("graphql_url"),
    GITHUB_HEAD_REF: text("head_ref"),
    GITHUB_JOB: plan.job.key,
    GITHUB_REF: text("ref"),
    GITHUB_REF_NAME: text("ref_name"),
    GITHUB_REF_PROTECTED: text("ref_protected"),
    GITHUB_REF_TYPE: text("ref_type"),
    GITHUB_REPOSITORY: text("repository"),
    GITHUB_REPOSITORY_ID: text("repository_id"),
    GITHUB_REPOSITORY_OWNER: text("repository_owner"),
    GITHUB_REPOSITORY_OWNER_ID: text("repository_owner_id"),
    GITHUB_RETENTION_DAYS: text("retention_days"),
    GITHUB_RUN_ATTEMPT: text("run_attempt"),
    GITHUB_RUN_ID: text("run_id"),
    GITHUB_RUN_NUMBER: text("run_number"),
    GITHUB_SERVER_URL: text("server_url"),
    GITHUB_SHA: text("sha"),
    GITHUB_TRIGGERING_ACTOR: text("triggering_actor"),
    GITHUB_WORKFLOW: text("workflow"),
    GITHUB_WORKFLOW_REF: text("workflow_ref"),
    GITHUB_WORKFLOW_SHA: text("workflow_sha"),
    GITHUB_WORKSPACE: folders.workspace,
  };
}

function runnerVariables({ folders, debug }: JobExecution): Record<string, string> {
  const { runnerContext } = folders;
  return {
    RUNNER_ARCH: runnerContext.arch ?? "",
    ...(debug ? { RUNNER_DEBUG: "1" } : {}),
    RUNNER_ENVIRONMENT: runnerContext.environment ?? "",
    RUNNER_NAME: folders.runnerName,
    RUNNER_OS: runnerContext.os ?? "",
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: folders.toolCache,
    RUNNER_WORKSPACE: runnerContext.workspace ?? "",
  };
}

/** `INPUT_<NAME>`: upper case, spaces become underscores, dashes stay. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}
