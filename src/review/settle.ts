import type { LedgerEntry } from "../incident/entries.ts";
import { commentOnce } from "../incident/issue.ts";
import { codeSpan } from "../incident/markdown.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { sha256 } from "../vault/digest.ts";
import { proposeCommand, recordBranch } from "./propose.ts";
import { blob, filesOf } from "./repository.ts";

/** What has become of the pull request that the ledger names last. */
export type Settled =
  | { is: "none" }
  | { is: "open"; number: number; url: string; head: string }
  | { is: "withdrawn"; number: number }
  | { is: "reviewed" }
  /** Something else was merged than what the ledger names: why, as a sentence. */
  | { is: "differs"; number: number; why: string };

/**
 * Asks GitHub, and lets the ledger know: merged with the record as it was proposed, the incident is reviewed; closed
 * without merging, the record is withdrawn. What a pull request or an event says of itself counts for nothing: the number is
 * the ledger's, and the merged file is read back.
 */
export async function settle(deps: RecordDeps, record: IncidentRecord): Promise<Settled> {
  if (record.latest("reviewed")) return { is: "reviewed" };
  const proposed = standing(record);
  if (!proposed) return { is: "none" };
  const { owner, repo } = deps.context;
  const { pullRequest: number, url } = proposed.data;
  const { data: pull } = await deps.github.rest.pulls.get({ owner, repo, pull_number: number });
  if (pull.state === "open") return { is: "open", number, url, head: pull.head.sha };
  if (!pull.merged || !pull.merge_commit_sha) {
    const { data: issue } = await deps.github.rest.issues.get({ owner, repo, issue_number: number });
    await sayWithdrawn(deps, record, number, withdrawnKey(proposed));
    const closedBy = issue.closed_by?.login ?? null;
    await record.append("record-withdrawn", { pullRequest: number, closedBy }, withdrawnKey(proposed));
    return { is: "withdrawn", number };
  }
  if (pull.head.ref !== recordBranch(record.id) || pull.base.ref !== pull.base.repo.default_branch)
    return {
      is: "differs",
      number,
      why: `#${number} was merged from ${pull.head.ref} into ${pull.base.ref}`,
    };
  const found = await digestAt(deps, pull.merge_commit_sha, proposed.data.record);
  const named = record.all("record-proposed").filter(({ data }) => data.pullRequest === number);
  if (!named.some(({ data }) => data.sha256 === found)) {
    const why = `what #${number} brought as ${proposed.data.record} has the SHA-256 ${found ?? "of nothing: it is not there"}, and the ledger names ${proposed.data.sha256}`;
    return { is: "differs", number, why };
  }
  await record.append(
    "reviewed",
    {
      record: proposed.data.record,
      sha256: found ?? "",
      pullRequest: number,
      mergeCommit: pull.merge_commit_sha,
      ...(pull.merged_by ? { mergedBy: pull.merged_by.login } : {}),
    },
    "reviewed",
  );
  return { is: "reviewed" };
}

/** On the review, before the ledger has it: whoever is killed in between finds the comment and says it once. */
async function sayWithdrawn(
  deps: RecordDeps,
  record: IncidentRecord,
  pullRequest: number,
  key: string,
): Promise<void> {
  const review = record.latest("review-opened")?.data.issue;
  if (review === undefined) return;
  await commentOnce(
    deps,
    review,
    key,
    `**The record was not merged:** #${pullRequest} was closed, and the incident is not reviewed. To change what it says, edit the text above. To propose it again: ${codeSpan(proposeCommand(record))}`,
  );
}

/** The newest proposal, unless it was withdrawn since. */
function standing(record: IncidentRecord): LedgerEntry<"record-proposed"> | undefined {
  const proposed = record.latest("record-proposed");
  const withdrawn = record
    .all("record-withdrawn")
    .some(({ key }) => proposed && key === withdrawnKey(proposed));
  return withdrawn ? undefined : proposed;
}

/** Somebody may open it again, and close it again after another record was proposed in it. */
function withdrawnKey({ key }: LedgerEntry<"record-proposed">): string {
  return `record-withdrawn/${key}`;
}

async function digestAt(deps: RecordDeps, commit: string, path: string): Promise<string | undefined> {
  const at = path.lastIndexOf("/");
  const id = (await filesOf(deps, commit, path.slice(0, at))).get(path.slice(at + 1));
  return id === undefined ? undefined : sha256(await blob(deps, id));
}
