import type { GitHub, Log, RunContext } from "../ports.ts";

/** The account behind a workflow's own token: https://docs.github.com/en/actions/concepts/security/github_token */
export const WORKFLOW_BOT = "github-actions[bot]";

/** Whoever started this attempt of the run, with the name on their GitHub profile, or the login where there is none. */
export async function personBehind(deps: {
  github: GitHub;
  context: RunContext;
  log: Log;
}): Promise<{ login: string; name: string }> {
  return personOf(deps, deps.context.actor);
}

/** A person on GitHub with the name on their profile, or the login where there is none. */
export async function personOf(
  deps: { github: GitHub; log: Log },
  login: string,
): Promise<{ login: string; name: string }> {
  try {
    const { data } = await deps.github.rest.users.getByUsername({ username: login });
    return { login, name: data.name?.trim() || login };
  } catch (error) {
    deps.log.warning(`The name of ${login} could not be read from GitHub: ${(error as Error).message}`);
    return { login, name: login };
  }
}
