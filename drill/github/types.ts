/** What a scenario seeds the simulated GitHub with, and the words that its parts share. */
import type { RunRecord, TokenPermissions } from "../contracts.ts";
import type { AlertSeeds } from "./alert-store.ts";
import type { RepositoryEvent } from "./events.ts";
import type { RepositoryRole } from "./permissions.ts";

export interface UserSeed {
  login: string;
  name?: string;
  type?: "User" | "Bot";
  email?: string;
  /** null: no access to the repository as a person. */
  permission: RepositoryRole | null;
}

export interface EnvironmentSeed {
  name: string;
  /** Logins; any one of them can approve. With the teams at most six. */
  requiredReviewers?: readonly string[];
  /** Slugs of teams; any one of their members can approve. */
  requiredTeams?: readonly string[];
  preventSelfReview?: boolean;
  waitMinutes?: number;
  canAdminsBypass?: boolean;
  /** Which branches may deploy; any when absent. Shown by the API, not enforced: runs start on the default branch. */
  branchPolicy?: "protected" | "custom";
  /** With `custom`: the names of branches that may deploy. */
  branches?: readonly string[];
  variables?: Readonly<Record<string, string>>;
  secrets?: Readonly<Record<string, string>>;
  /** ISO 8601; 90 days before the drill when absent. */
  createdAt?: string;
}

export interface TeamSeed {
  slug: string;
  members: readonly string[];
  /** null: no access to the repository. */
  permission: RepositoryRole | null;
}

/** https://docs.github.com/rest/actions/workflows#list-repository-workflows */
export type WorkflowState = "active" | "disabled_inactivity" | "disabled_manually";

/** What an administrator sets under Settings; absent is as GitHub sets a new repository up. */
export interface SettingsSeed {
  hasIssues?: boolean;
  actionsEnabled?: boolean;
  allowedActions?: "all" | "local_only" | "selected";
  /** With `selected`: what is allowed. */
  selectedActions?: { githubOwned: boolean; verified: boolean; patterns: readonly string[] };
  shaPinningRequired?: boolean;
  defaultWorkflowPermissions?: "read" | "write";
  workflowsApprovePullRequests?: boolean;
  /** The state of each workflow file by its name; none when absent. */
  workflows?: Readonly<Record<string, WorkflowState>>;
  /** Claims of a customized OIDC subject; the default subject when absent. */
  oidcClaimKeys?: readonly string[];
  /** Classic protection of the default branch. */
  branchProtection?: BranchProtectionSeed;
  rulesets?: readonly Ruleset[];
}

export interface BranchProtectionSeed {
  approvals: number;
  codeOwners: boolean;
  enforceAdmins: boolean;
  dismissStale?: boolean;
  /** Teams that need no pull request. */
  exemptTeams?: readonly string[];
}

/** A ruleset as the API takes it. */
export interface Ruleset {
  name: string;
  target?: "branch" | "tag" | "push";
  enforcement: "disabled" | "active" | "evaluate";
  bypass_actors?: readonly { actor_id: number | null; actor_type: string; bypass_mode: string }[];
  conditions?: { ref_name?: { include?: readonly string[]; exclude?: readonly string[] } };
  rules?: readonly { type: string; parameters?: JsonObject }[];
}

export interface LabelSeed {
  name: string;
  color?: string;
  description?: string;
}

export interface IssueSeed {
  title: string;
  body?: string;
  author: string;
  labels?: readonly string[];
  assignees?: readonly string[];
  state?: "open" | "closed";
  /** ISO 8601; the drill's start when absent. */
  createdAt?: string;
  comments?: readonly { author: string; body: string; createdAt?: string }[];
}

export interface GitHubSeed {
  /** `owner/name`; the owner is an organization. */
  repository: string;
  repositoryId: number;
  ownerId: number;
  defaultBranch: string;
  headSha: string;
  /** True when absent. */
  private?: boolean;
  /** True: OIDC subjects carry the immutable ids, as for repositories created after 15 July 2026. */
  immutableSubject?: boolean;
  /** The owner's plan, `enterprise` when absent. It decides what a private repository can have. */
  plan?: "free" | "team" | "enterprise";
  /** Logins who own the organization, and so see its plan. */
  organizationOwners?: readonly string[];
  /** ISO 8601; 1970 when absent. */
  createdAt?: string;
  teams?: readonly TeamSeed[];
  settings?: SettingsSeed;
  users: readonly UserSeed[];
  environments?: readonly EnvironmentSeed[];
  labels?: readonly LabelSeed[];
  variables?: Readonly<Record<string, string>>;
  organizationVariables?: Readonly<Record<string, string>>;
  secrets?: Readonly<Record<string, string>>;
  issues?: readonly IssueSeed[];
  alerts?: AlertSeeds;
}

export interface DispatchRequest {
  /** The workflow's file name or path, as the caller wrote it. */
  workflow: string;
  ref: string;
  inputs: Readonly<Record<string, unknown>>;
  actor: string;
}

export type ContentEntry =
  | { type: "file"; path: string; content: Uint8Array }
  | { type: "dir"; path: string; entries: readonly { name: string; type: "file" | "dir"; size: number }[] };

/** What the drill plugs in after the service has started. */
export interface GitHubHooks {
  /** Starts a run and resolves to it; null when there is no such workflow; throws `DispatchRefused` for bad inputs. */
  onDispatch?: (request: DispatchRequest) => Promise<RunRecord | null>;
  /** Starts the next attempt of a run that has ended, with the jobs that failed; false when it cannot. */
  onRerun?: (runId: number, actor: string) => boolean;
  /** What the repository held under a path when the drill began (no leading slash; `""` is the root); null when nothing. */
  readContent?: (path: string) => Promise<ContentEntry | null>;
  /** Tells what has happened that may start workflows. */
  onEvent?: (event: RepositoryEvent) => void;
  /** The default branch has new files; null for one that is gone. Runs that start from now on check them out. */
  onDefaultBranch?: (files: ReadonlyMap<string, Buffer | null>) => Promise<void>;
  /** Tells that a run waits for a review of this environment. */
  onWaiting?: (runId: number, environment: string, reviewers: readonly string[]) => void;
}

/** Thrown by `onDispatch`: becomes a 422 with this message. */
export class DispatchRefused extends Error {
  override readonly name = "DispatchRefused";
}

/** Who calls the API. */
export type Caller =
  | { kind: "job"; login: string; jobId: number; jobKey: string; permissions: TokenPermissions }
  | { kind: "user"; login: string; role: RepositoryRole };

/** The author of what a job does with its GITHUB_TOKEN. */
export const ACTIONS_BOT = "github-actions[bot]";

export type JsonObject = Record<string, unknown>;
