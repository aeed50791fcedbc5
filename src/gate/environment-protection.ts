import type { ActionDeps } from "../ports.ts";
import { decidingEnvironment } from "./break-glass.ts";
import { type CheckContext, type Finding, held, refusal, refused } from "./request.ts";
import type { WorkflowRun } from "./workflow-run.ts";

export type Protection = "protected" | "unprotected" | "missing" | "unknown";

interface Environment {
  createdAt: Date;
  reviewers: number;
}

/**
 * Whether a GitHub environment has required reviewers, for the plan to tell before anybody is asked. `unknown` when
 * GitHub does not say (the job's permissions, an outage): the gate asks again and refuses then.
 */
export async function environmentProtection(deps: ActionDeps, name: string): Promise<Protection> {
  try {
    const environment = await readEnvironment(deps, name);
    if (!environment) return "missing";
    return environment.reviewers > 0 ? "protected" : "unprotected";
  } catch {
    return "unknown";
  }
}

/**
 * The environment of the containment exists and has required reviewers.
 *
 * GitHub creates a missing environment, unprotected, the moment a job names it, and private repositories on the Free,
 * Pro and Team plans have no required reviewers at all
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments).
 */
export async function checkEnvironment(context: CheckContext, run: WorkflowRun): Promise<Finding> {
  const name = decidingEnvironment(context);
  const environment = await readEnvironment(context.deps, name);
  const remedy = `In the repository's settings, under Environments, give '${name}' required reviewers (private repositories need GitHub Enterprise for that), then dispatch the workflow again.`;
  if (!environment) {
    return refused(
      refusal("missing-environment", `The GitHub environment '${name}' does not exist.`, remedy),
    );
  }
  if (environment.reviewers > 0) {
    return held(`environment ${name} has ${environment.reviewers} required reviewer(s)`);
  }
  if (environment.createdAt >= run.createdAt) {
    const message = `The GitHub environment '${name}' did not exist: GitHub created it for this run, without required reviewers.`;
    return refused(refusal("missing-environment", message, remedy));
  }
  return refused(
    refusal("unprotected-environment", `The GitHub environment '${name}' has no required reviewers.`, remedy),
  );
}

/** https://docs.github.com/en/rest/deployments/environments#get-an-environment */
async function readEnvironment(deps: ActionDeps, name: string): Promise<Environment | undefined> {
  const { owner, repo } = deps.context;
  try {
    const { data } = await deps.github.rest.repos.getEnvironment({ owner, repo, environment_name: name });
    const rules = data.protection_rules ?? [];
    const reviewers = rules.flatMap((rule) =>
      rule.type === "required_reviewers" && "reviewers" in rule ? (rule.reviewers ?? []) : [],
    );
    return { createdAt: new Date(data.created_at), reviewers: reviewers.length };
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}
