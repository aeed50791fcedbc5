import { describe, expect, test } from "@jest/globals";
import type { RepositoryEvent } from "../../../drill/github/events.ts";
import type { GitHubSeed } from "../../../drill/github/types.ts";
import { type Harness, type JobHarness, REPOSITORY, refusal, SEED, withGitHub } from "./setup.ts";

const MAY_PROPOSE: Partial<GitHubSeed> = { settings: { workflowsApprovePullRequests: true } };
const INDEX = "docs/reviews/README.md";

/** A branch with one commit that writes these files, as the Git database API makes it; its name is the branch's. */
async function propose({ octokit }: JobHarness, branch: string, files: Record<string, string>) {
  const { git, pulls } = octokit.rest;
  const { data: head } = await git.getRef({ ...REPOSITORY, ref: "heads/main" });
  const { data: base } = await git.getCommit({ ...REPOSITORY, commit_sha: head.object.sha });
  const tree = await Promise.all(
    Object.entries(files).map(async ([path, content]) => {
      const { data } = await git.createBlob({ ...REPOSITORY, content, encoding: "utf-8" });
      return { path, mode: "100644" as const, type: "blob" as const, sha: data.sha };
    }),
  );
  const { data: made } = await git.createTree({ ...REPOSITORY, base_tree: base.tree.sha, tree });
  const commit = { ...REPOSITORY, message: `Add ${branch}`, tree: made.sha, parents: [base.sha] };
  const { data: written } = await git.createCommit(commit);
  await git.createRef({ ...REPOSITORY, ref: `refs/heads/${branch}`, sha: written.sha });
  return pulls.create({ ...REPOSITORY, title: branch, head: branch, base: "main" });
}

const writer = (harness: Harness) => harness.job({ contents: "write", "pull-requests": "write" });
const readIndex = async ({ octokit }: JobHarness, ref = "main") => {
  const { data } = await octokit.rest.repos.getContent({ ...REPOSITORY, path: INDEX, ref });
  return Buffer.from((data as { content: string }).content, "base64").toString();
};

describe("pull requests", () => {
  test("a job proposes files on a branch, and a person's merge puts them on the default branch", () =>
    withGitHub(
      async (harness) => {
        const { github, as } = harness;
        const files = new Map<string, string>([[INDEX, "old"]]);
        const events: RepositoryEvent[] = [];
        Object.assign(github.hooks, {
          readContent: async (path: string) => {
            const text = files.get(path);
            return text === undefined ? null : { type: "file", path, content: Buffer.from(text) };
          },
          onEvent: (event: RepositoryEvent) => events.push(event),
          onDefaultBranch: async (changed: ReadonlyMap<string, Buffer | null>) => {
            for (const [path, content] of changed) files.set(path, String(content));
          },
        });
        const job = writer(harness);
        const { data: pull } = await propose(job, "record/INC-1", {
          [INDEX]: "new",
          "docs/reviews/1.md": "# 1",
        });
        expect(pull).toMatchObject({
          number: 1,
          state: "open",
          mergeable: true,
          merged: false,
          changed_files: 2,
        });
        expect(await readIndex(job)).toBe("old");
        expect(await readIndex(job, "record/INC-1")).toBe("new");
        // Nothing that a GITHUB_TOKEN does starts a workflow.
        expect(events).toEqual([]);

        await github.state.act("oncall-reviewer", "pulls/merge", { path: { pull_number: 1 } });
        const { data: merged } = await job.octokit.rest.pulls.get({ ...REPOSITORY, pull_number: 1 });
        expect(merged).toMatchObject({
          merged: true,
          state: "closed",
          merged_by: { login: "oncall-reviewer" },
        });
        expect(await readIndex(job)).toBe("new");
        expect(Object.fromEntries(files)).toEqual({ [INDEX]: "new", "docs/reviews/1.md": "# 1" });
        expect(events.map(({ name, action, actor }) => [name, action, actor])).toEqual([
          ["push", null, "oncall-reviewer"],
          ["pull_request", "closed", "oncall-reviewer"],
        ]);
        expect(events[0]?.push).toEqual({ branch: "main", paths: [INDEX, "docs/reviews/1.md"].sort() });
        expect(github.host.headSha).toBe(merged.merge_commit_sha);
        const { data: found } = await as("engineer").rest.repos.listPullRequestsAssociatedWithCommit({
          ...REPOSITORY,
          commit_sha: merged.merge_commit_sha ?? "",
        });
        expect(found.map(({ number }) => number)).toEqual([1]);
      },
      { seed: MAY_PROPOSE },
    ));

  test("two that write the same file: the second cannot be merged until its branch has the first", () =>
    withGitHub(
      async (harness) => {
        const job = writer(harness);
        const { pulls, repos, git } = job.octokit.rest;
        await propose(job, "one", { [INDEX]: "1" });
        await propose(job, "two", { [INDEX]: "2" });
        await harness.github.state.act("engineer", "pulls/merge", { path: { pull_number: 1 } });
        const second = { ...REPOSITORY, pull_number: 2 };
        expect((await pulls.get(second)).data).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
        const merge = harness.as("engineer").rest.pulls.merge(second);
        expect(await refusal(merge)).toMatchObject({
          status: 405,
          message: expect.stringContaining("not mergeable"),
        });
        const compared = await repos.compareCommitsWithBasehead({ ...REPOSITORY, basehead: "main...two" });
        expect(compared.data).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 2 });

        // Its branch is made again on top of what was merged.
        const { data: main } = await git.getRef({ ...REPOSITORY, ref: "heads/main" });
        const { data: base } = await git.getCommit({ ...REPOSITORY, commit_sha: main.object.sha });
        const { data: tree } = await git.createTree({
          ...REPOSITORY,
          base_tree: base.tree.sha,
          tree: [{ path: INDEX, mode: "100644", type: "blob", content: "1\n2" }],
        });
        const commit = { ...REPOSITORY, message: "again", tree: tree.sha, parents: [base.sha] };
        const { data: made } = await git.createCommit(commit);
        const branch = { ...REPOSITORY, ref: "heads/two", sha: made.sha };
        expect((await refusal(git.updateRef(branch))).message).toContain("Update is not a fast forward");
        await git.updateRef({ ...branch, force: true });
        await harness.github.state.act("engineer", "pulls/merge", { path: { pull_number: 2 } });
        expect(await readIndex(job)).toBe("1\n2");
      },
      { seed: MAY_PROPOSE },
    ));

  test("what GitHub refuses", () =>
    withGitHub(
      async (harness) => {
        const job = writer(harness);
        const { pulls, git } = job.octokit.rest;
        await propose(job, "one", { [INDEX]: "1" });
        const create = (head: string) => pulls.create({ ...REPOSITORY, title: "t", head, base: "main" });
        expect((await refusal(create("one"))).message).toContain(
          "A pull request already exists for acme:one.",
        );
        expect((await refusal(create("gone"))).status).toBe(422);
        await git.createRef({ ...REPOSITORY, ref: "refs/heads/empty", sha: SEED.headSha });
        expect((await refusal(create("empty"))).message).toContain("No commits between main and empty");
        const again = git.createRef({ ...REPOSITORY, ref: "refs/heads/empty", sha: SEED.headSha });
        expect((await refusal(again)).message).toContain("Reference already exists");
        const reader = harness.job({ contents: "read" }).octokit;
        const blob = reader.rest.git.createBlob({ ...REPOSITORY, content: "x" });
        expect((await refusal(blob)).status).toBe(403);
        expect(
          (await refusal(harness.as("reader").rest.pulls.merge({ ...REPOSITORY, pull_number: 1 }))).status,
        ).toBe(403);
      },
      { seed: MAY_PROPOSE },
    ));

  test("a job proposes only where the repository lets Actions do so", () =>
    withGitHub(async (harness) => {
      const refused = await refusal(propose(writer(harness), "one", { [INDEX]: "1" }));
      expect(refused).toMatchObject({
        status: 403,
        message: expect.stringContaining(
          "GitHub Actions is not permitted to create or approve pull requests.",
        ),
      });
    }));

  test("a pull request has its number from the issues' sequence, and is in their list", () =>
    withGitHub(
      async (harness) => {
        const job = harness.job({ contents: "write", "pull-requests": "write", issues: "write" });
        const { data: issue } = await job.octokit.rest.issues.create({ ...REPOSITORY, title: "t" });
        const { data: pull } = await propose(job, "one", { [INDEX]: "1" });
        expect([issue.number, pull.number]).toEqual([1, 2]);
        const { data } = await job.octokit.rest.issues.listForRepo(REPOSITORY);
        expect(data.map(({ number, pull_request: it }) => [number, it !== undefined])).toEqual([
          [2, true],
          [1, false],
        ]);
        const owned = await job.octokit.rest.pulls.list({ ...REPOSITORY, head: "acme:one", state: "all" });
        expect(owned.data.map(({ number }) => number)).toEqual([2]);
      },
      { seed: MAY_PROPOSE },
    ));
});

describe("writing one file", () => {
  test("wants the SHA of what is there, and a pull request where the branch's rules do", () =>
    withGitHub(async (harness) => {
      const { repos } = writer(harness).octokit.rest;
      const write = (text: string, more: object = {}) =>
        repos.createOrUpdateFileContents({
          ...REPOSITORY,
          path: INDEX,
          message: "m",
          content: Buffer.from(text).toString("base64"),
          ...more,
        });
      const first = await write("1");
      expect(first.status).toBe(201);
      expect((await refusal(write("2"))).status).toBe(422);
      expect((await refusal(write("2", { sha: SEED.headSha }))).status).toBe(409);
      expect((await write("2", { sha: first.data.content?.sha })).status).toBe(200);
    }));

  test("is refused on a protected branch", () =>
    withGitHub(
      async (harness) => {
        const { repos } = writer(harness).octokit.rest;
        const write = repos.createOrUpdateFileContents({
          ...REPOSITORY,
          path: INDEX,
          message: "m",
          content: "",
        });
        expect(await refusal(write)).toMatchObject({
          status: 409,
          message: expect.stringContaining("Changes must be made through a pull request."),
        });
      },
      { seed: { settings: { branchProtection: { approvals: 1, codeOwners: false, enforceAdmins: true } } } },
    ));
});
