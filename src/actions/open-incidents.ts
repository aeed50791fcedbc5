import { incidentId } from "../incident/ledger.ts";
import type { ActionDeps } from "../ports.ts";

const LABEL = "incident";
const LONGEST_LABEL = 50;

/**
 * The numbers of the open issues with the label `incident` that belong to an environment, oldest first. One that names
 * this environment counts even if nothing of it is left in the vault; one that names another, or none, only when the
 * vault holds something of it. `here` are the incidents that the vault holds anything of.
 */
export async function openIncidents(
  { github, context }: Pick<ActionDeps, "github" | "context">,
  here: ReadonlySet<string>,
  environment: string,
): Promise<number[]> {
  const { owner, repo } = context;
  const open = { owner, repo, state: "open" as const, labels: LABEL, per_page: 100 };
  return ofEnvironment(await github.paginate(github.rest.issues.listForRepo, open), here, environment);
}

/**
 * As `openIncidents`, of the issues that were closed after a moment. What arrives late for their evidence is still
 * awaited.
 */
export async function closedIncidents(
  { github, context }: Pick<ActionDeps, "github" | "context">,
  here: ReadonlySet<string>,
  environment: string,
  after: Date,
): Promise<number[]> {
  const { owner, repo } = context;
  // GitHub's `since` is about the last change, which may be much later: https://docs.github.com/en/rest/issues/issues#list-repository-issues
  const since = after.toISOString();
  const closed = { owner, repo, state: "closed" as const, labels: LABEL, since, per_page: 100 };
  const issues = await github.paginate(github.rest.issues.listForRepo, closed);
  const lately = issues.filter(({ closed_at }) => closed_at != null && new Date(closed_at) >= after);
  return ofEnvironment(lately, here, environment);
}

type Issue = Awaited<ReturnType<ActionDeps["github"]["rest"]["issues"]["listForRepo"]>>["data"][number];

function ofEnvironment(issues: readonly Issue[], here: ReadonlySet<string>, environment: string): number[] {
  const labelled = `environment:${environment}`.slice(0, LONGEST_LABEL);
  return issues
    .filter(({ pull_request }) => !pull_request)
    .filter(({ number, labels }) => {
      const names = labels.map((label) => (typeof label === "string" ? label : label.name));
      return here.has(incidentId(number)) || names.includes(labelled);
    })
    .map(({ number }) => number)
    .reverse();
}
