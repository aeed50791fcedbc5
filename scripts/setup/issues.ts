/** Issues, which incidents are, and sub-issues, which reviews are. */
import type { Context } from "./context.ts";
import { type Area, type Finding, subject, whyNot } from "./finding.ts";
import { read } from "./read.ts";

const PERMISSION = "Issues: read";

export async function issuesArea(context: Context): Promise<Area> {
  const { repository } = context;
  const about = subject("issues", "issues", "every incident is an issue");
  if (!repository.hasIssues) {
    const finding = about.missing("they are switched off", `gh repo edit ${repository.name} --enable-issues`);
    return { findings: [finding], changes: [], kept: [] };
  }
  return { findings: [about.fine("they are switched on"), await subIssues(context)], changes: [], kept: [] };
}

/** The API of GitHub Enterprise Server has none up to 3.19 at least; only an issue can be asked. */
async function subIssues({ github, repository: { owner, repo } }: Context): Promise<Finding> {
  const about = subject("sub-issues", "sub-issues", "the review is linked below its incident", false);
  const issues = await read(PERMISSION, () =>
    github.rest.issues.listForRepo({ owner, repo, state: "all", per_page: 1 }),
  );
  if (issues.is !== "read") return about.unreadable(whyNot(issues));
  const newest = issues.value.data[0]?.number;
  if (newest === undefined)
    return about.fine("the first incident will show it: there is no issue to ask yet");
  const listed = await read(PERMISSION, () =>
    github.rest.issues.listSubIssues({ owner, repo, issue_number: newest }),
  );
  if (listed.is === "read") return about.fine("this GitHub has them");
  if (listed.is !== "absent") return about.unreadable(whyNot(listed));
  return about.missing(
    "this GitHub has none, so that open-review-issue fails",
    "Use GitHub.com, or a GitHub Enterprise Server that has them.",
  );
}
