/** Accounts and the repository as GitHub's REST API presents them. */
import type { Account } from "./people.ts";
import type { JsonObject } from "./types.ts";
import type { World } from "./world.ts";

/** GitHub's timestamps: ISO 8601, UTC, whole seconds. */
export function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** An opaque global id: the kind's prefix and something made of the number. */
export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString("base64url")}`;
}

export function simpleUser({ urls }: World, account: Account): JsonObject {
  const path = encodeURIComponent(account.login);
  const url = `${urls.api}/users/${path}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId("U", account.id),
    avatar_url: `${urls.server}/avatars/u/${account.id}`,
    gravatar_id: "",
    url,
    html_url: `${urls.server}/${path}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

export function publicUser(world: World, account: Account): JsonObject {
  const since = iso(0);
  return {
    ...simpleUser(world, account),
    name: account.name,
    company: null,
    blog: "",
    location: null,
    email: account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: since,
    updated_at: since,
  };
}

export function repositoryUrl({ urls, seed }: World): string {
  return `${urls.api}/repos/${seed.repository}`;
}

export function repositoryPage({ urls, seed }: World): string {
  return `${urls.server}/${seed.repository}`;
}

/** The URL templates of a repository: name → what follows the repository's URL. */
const REPOSITORY_LINKS: Readonly<Record<string, string>> = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};

/** The short form of the repository that runs carry. */
export function minimalRepository(world: World): JsonObject {
  const { seed, people } = world;
  const url = repositoryUrl(world);
  const links = Object.entries(REPOSITORY_LINKS).map(([name, suffix]) => [name, `${url}${suffix}`]);
  return {
    id: seed.repositoryId,
    node_id: nodeId("R", seed.repositoryId),
    name: seed.repository.split("/")[1] ?? "",
    full_name: seed.repository,
    private: seed.private ?? true,
    owner: simpleUser(world, people.owner),
    html_url: repositoryPage(world),
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(links),
  };
}

export function fullRepository(world: World): JsonObject {
  const { seed } = world;
  const page = repositoryPage(world);
  const open = world.issues.all().filter((issue) => issue.state === "open").length;
  const counts = { forks_count: 0, forks: 0, stargazers_count: 0, watchers_count: 0, watchers: 0 };
  return {
    ...minimalRepository(world),
    ...counts,
    network_count: 0,
    subscribers_count: 0,
    size: 0,
    open_issues_count: open,
    open_issues: open,
    default_branch: seed.defaultBranch,
    clone_url: `${page}.git`,
    git_url: `${page.replace(/^http/, "git")}.git`,
    ssh_url: `git@${new URL(page).hostname}:${seed.repository}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    is_template: false,
    topics: [],
    has_issues: world.settings.hasIssues ?? true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: (seed.private ?? true) ? "private" : "public",
    pushed_at: iso(0),
    created_at: seed.createdAt === undefined ? iso(0) : iso(Date.parse(seed.createdAt)),
    updated_at: iso(0),
  };
}
