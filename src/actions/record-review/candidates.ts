import { REVIEW_LABEL } from "../../incident/labels.ts";
import type { ActionDeps } from "../../ports.ts";
import { BRANCHES } from "../../review/propose.ts";

/** What GitHub says of reviews. All of it is a hint: which incident it is, the incident's ledger decides. */

const MARKER = /<!-- firebreak:(?:review|improvement) \{"incident":"INC-([1-9]\d{0,9})"/;
const TITLE = /^(?:Review of )?INC-([1-9]\d{0,9}): /;

/** The incident that a review issue or an improvement says it belongs to; undefined where it says none. */
export async function incidentOfIssue(
  { github, context, log }: ActionDeps,
  issue: number,
): Promise<number | undefined> {
  const { owner, repo } = context;
  const { data } = await github.rest.issues.get({ owner, repo, issue_number: issue });
  const found = named(data);
  if (found === undefined) log.info(`#${issue} names no incident.`);
  return found;
}

/**
 * The incidents to look after: with a record that is proposed, or whose pull request or closed review was among the
 * hundred that changed last.
 */
export async function lately(deps: ActionDeps): Promise<number[]> {
  const numbers = [...(await proposedLately(deps)), ...(await closedLately(deps))];
  return [...new Set(numbers)].sort((a, b) => a - b);
}

async function proposedLately({ github, context }: ActionDeps): Promise<number[]> {
  const where = { owner: context.owner, repo: context.repo, per_page: 100 };
  const open = await github.paginate(github.rest.pulls.list, { ...where, state: "open" });
  const { data: closed } = await github.rest.pulls.list({
    ...where,
    state: "closed",
    sort: "updated",
    direction: "desc",
  });
  return [...open, ...closed].flatMap(({ head }) => {
    const found = head.ref.startsWith(BRANCHES)
      ? /^INC-([1-9]\d{0,9})$/.exec(head.ref.slice(BRANCHES.length))
      : null;
    return found ? [Number(found[1])] : [];
  });
}

/** A review whose event brought no run, or one that failed. */
async function closedLately({ github, context }: ActionDeps): Promise<number[]> {
  const { data } = await github.rest.issues.listForRepo({
    owner: context.owner,
    repo: context.repo,
    labels: REVIEW_LABEL.name,
    state: "closed",
    sort: "updated",
    direction: "desc",
    per_page: 100,
  });
  return data.flatMap((issue) => named(issue) ?? []);
}

function named({ title, body }: { title: string; body?: string | null | undefined }): number | undefined {
  const found = MARKER.exec(body ?? "")?.[1] ?? TITLE.exec(title)?.[1];
  return found === undefined ? undefined : Number(found);
}
