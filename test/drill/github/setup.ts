/** A simulated GitHub for one test, with the real Octokit as its client. */
import { Octokit } from "@octokit/rest";
import { CallLog } from "../../../drill/calls.ts";
import { createClock } from "../../../drill/clock.ts";
import type { FaultRule, JobRecord, RunRecord, TokenPermissions } from "../../../drill/contracts.ts";
import { Faults } from "../../../drill/faults.ts";
import { createGitHub, type SimulatedGitHub } from "../../../drill/github/server.ts";
import type { GitHubSeed } from "../../../drill/github/types.ts";
import { OidcIssuer } from "../../../drill/oidc.ts";
import { createRandom } from "../../../drill/random.ts";

export const REPOSITORY = { owner: "acme", repo: "platform" };
export const START = Date.UTC(2026, 8, 14, 3, 0, 0);

export const SEED: GitHubSeed = {
  repository: "acme/platform",
  repositoryId: 610_001,
  ownerId: 4_001,
  defaultBranch: "main",
  headSha: "1f0e5b0c6a5d4f3e2d1c0b9a8f7e6d5c4b3a2910",
  users: [
    { login: "engineer", name: "On-call Engineer", permission: "write" },
    { login: "oncall-reviewer", permission: "maintain" },
    { login: "second-reviewer", permission: "write" },
    { login: "reader", permission: "read" },
  ],
  environments: [
    {
      name: "containment-prod",
      requiredReviewers: ["oncall-reviewer", "second-reviewer", "engineer"],
      preventSelfReview: true,
      canAdminsBypass: false,
      variables: { REGION: "eu-central-1" },
      secrets: { TOKEN: "environment-secret" },
    },
    { name: "evidence-prod" },
  ],
  labels: [{ name: "Incident", color: "b60205", description: "A declared incident" }],
  variables: { REGION: "eu-west-1", TEAM: "platform" },
  secrets: { OTHER: "repository-secret" },
};

export interface Harness {
  github: SimulatedGitHub;
  calls: CallLog;
  oidc: OidcIssuer;
  clock: ReturnType<typeof createClock>;
  as(login: string): Octokit;
  /** A run with one job, and a client that holds the job's token. */
  job(permissions: TokenPermissions, key?: string, environment?: string | null): JobHarness;
  client(token: string): Octokit;
}

export interface JobHarness {
  run: RunRecord;
  job: JobRecord;
  token: string;
  octokit: Octokit;
}

export interface HarnessOptions {
  seed?: Partial<GitHubSeed>;
  faults?: readonly FaultRule[];
  speed?: number;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Runs a test against a fresh GitHub, and fails it when a reply did not fit GitHub's OpenAPI description. */
export async function withGitHub(
  test: (harness: Harness) => Promise<void>,
  { seed, faults = [], speed = 1 }: HarnessOptions = {},
): Promise<void> {
  const clock = createClock({ speed, start: START });
  const calls = new CallLog();
  const oidc = new OidcIssuer();
  const github = await createGitHub({
    clock,
    calls,
    oidc,
    seed: { ...SEED, ...seed },
    faults: new Faults(faults, createRandom(1)),
  });
  const client = (token: string): Octokit =>
    new Octokit({ auth: token, baseUrl: github.apiUrl, log: silent, request: { retries: 0 } });
  const job: Harness["job"] = (permissions, key = "declare", environment = null) => {
    const run = github.host.createRun(dispatchedRun("engineer"));
    const record = github.host.createJob({ runId: run.id, attempt: 1, key, name: key, environment });
    const token = github.host.mintJobToken(record.id, permissions);
    return { run, job: record, token, octokit: client(token) };
  };
  try {
    await test({
      github,
      calls,
      oidc,
      clock,
      as: (login) => client(github.state.userToken(login)),
      job,
      client,
    });
    if (github.defects.length > 0) throw new Error(`Defects: ${github.defects.join("\n")}`);
  } finally {
    await github.close();
  }
}

export function dispatchedRun(actor: string) {
  return {
    name: "Incident",
    displayTitle: "High: service-outage on search",
    path: ".github/workflows/incident.yml",
    event: "workflow_dispatch",
    actor,
    triggeringActor: actor,
  };
}

/** What a refused call says. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
  throw new Error("The call was not refused");
}
