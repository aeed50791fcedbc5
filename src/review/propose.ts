import { codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { sha256 } from "../vault/digest.ts";
import type { ReviewFields } from "./fields.ts";
import { closedImprovements, INDEX, recordsOf } from "./folder.ts";
import { renderIndex } from "./index-page.ts";
import { recordName } from "./record-data.ts";
import { ledgerOfRecord, type ReviewIssue, recordData, renderRecord } from "./record-text.ts";
import {
  type Base,
  commitAt,
  defaultBranch,
  filesOf,
  type PullRequest,
  pullRequestOnce,
  putFiles,
} from "./repository.ts";

/** One branch for each incident: what is proposed anew takes the place of what was proposed before. */
export function recordBranch(incident: string): string {
  return `${BRANCHES}${incident}`;
}

export const BRANCHES = "firebreak/review-";

/** How anybody proposes an incident's record, for the first time or anew. */
export function proposeCommand({ number, facts }: IncidentRecord): string {
  return `gh workflow run record-review.yml -f incident=${number} -f environment=${facts.environment}`;
}

export interface Proposal extends PullRequest {
  /** The record's path. */
  path: string;
  sha256: string;
}

/**
 * Proposes the record, its row and the figures as one commit on top of the default branch, in one pull request. The same
 * ledger, review and base give the same proposal; what is there already is left as it is.
 */
export async function proposeRecord(
  deps: RecordDeps,
  record: IncidentRecord,
  review: ReviewIssue,
  fields: ReviewFields,
): Promise<Proposal> {
  const { runbook } = record;
  const { folder } = runbook.review;
  const entries = ledgerOfRecord(record.chain);
  const data = recordData(entries, runbook, fields, review);
  const text = renderRecord(entries, runbook, data);
  const base = await defaultBranch(deps);
  const others = (await recordsOf(deps, base, folder)).filter(({ name }) => name !== recordName(data));
  const all = [...others, { name: recordName(data), record: data }];
  const page = renderIndex(all, await closedImprovements(deps, all, runbook.time_zone), runbook);
  const path = inFolder(folder, recordName(data));
  const digest = sha256(text);
  const branch = recordBranch(record.id);
  const title = `Review record of ${record.id}`;
  const files = new Map([
    [path, text],
    [inFolder(folder, INDEX), page],
  ]);
  const commit = await putFiles(deps, base, branch, files, `${title}\n\n${data.links.review}`);
  const pullRequest =
    commit === undefined
      ? await mergedOne(deps, base, branch)
      : await pullRequestOnce(
          deps,
          base,
          branch,
          title,
          bodyOf(record, review, path, digest, data.ledger.head),
        );
  await record.append(
    "record-proposed",
    {
      record: path,
      sha256: digest,
      ledgerHead: data.ledger.head,
      pullRequest: pullRequest.number,
      url: pullRequest.url,
    },
    // Whoever opens it again after it was withdrawn, proposes it again.
    `record-proposed/${pullRequest.number}/${digest.slice(0, 16)}/${record.all("record-withdrawn").length}`,
  );
  return { ...pullRequest, path, sha256: digest };
}

/** Merged before this job could note that it had proposed it. */
async function mergedOne(deps: RecordDeps, base: Base, branch: string): Promise<PullRequest> {
  const { owner, repo } = deps.context;
  const { data } = await deps.github.rest.pulls.list({
    owner,
    repo,
    head: `${owner}:${branch}`,
    base: base.branch,
    state: "closed",
    per_page: 100,
  });
  const merged = data.filter(({ merged_at }) => merged_at !== null).sort((a, b) => b.number - a.number)[0];
  if (!merged) throw new Error(`${base.branch} holds the record already, and no pull request brought it`);
  return { number: merged.number, url: merged.html_url };
}

/**
 * Whether the folder is still as it was when this commit was put on top of the base. What else moves there does not
 * matter: whoever approved the pull request is not asked again for that.
 */
export async function isOnTop(deps: RecordDeps, head: string, folder: string): Promise<boolean> {
  const [parent] = (await commitAt(deps, head)).parents;
  if (parent === undefined) return false;
  const base = await defaultBranch(deps);
  const [now, before] = [await filesOf(deps, base.commit, folder), await filesOf(deps, parent, folder)];
  return now.size === before.size && [...now].every(([name, id]) => before.get(name) === id);
}

function bodyOf(
  record: IncidentRecord,
  review: ReviewIssue,
  path: string,
  digest: string,
  ledgerHead: string,
): string {
  return [
    `The record of the review #${review.number} of #${record.number}, its row in the folder's table, and the figures. Merging it marks the incident as reviewed.`,
    [
      "| | |",
      "|---|---|",
      `| Record | ${codeSpan(path)} |`,
      `| Its SHA-256 | ${codeSpan(digest)} |`,
      `| Ends with the ledger entry of SHA-256 | ${codeSpan(ledgerHead)} |`,
    ].join("\n"),
    `Whoever merges it vouches for the words in it. To change them, edit the review and run \`${proposeCommand(record)}\`; an edit made here would not be the record that the ledger names. When another record is merged first, this one is made again on top of it.`,
  ].join("\n\n");
}

function inFolder(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, "")}/${name}`;
}
