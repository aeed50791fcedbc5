/** Runs `npm run setup`'s command as a child process against a simulated GitHub. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CallLog } from "../../drill/calls.ts";
import { createClock } from "../../drill/clock.ts";
import type { CallRecord } from "../../drill/contracts.ts";
import { createGitHub } from "../../drill/github/server.ts";
import type { GitHubSeed, SettingsSeed } from "../../drill/github/types.ts";
import { OidcIssuer } from "../../drill/oidc.ts";
import { scheduledWorkflows } from "../../scripts/setup/schedules.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A private repository on GitHub Enterprise that nobody has set up. */
export const EMPTY: GitHubSeed = {
  repository: "acme/platform",
  repositoryId: 610_001,
  ownerId: 4_001,
  defaultBranch: "main",
  headSha: "1f0e5b0c6a5d4f3e2d1c0b9a8f7e6d5c4b3a2910",
  organizationOwners: ["boss"],
  users: [
    { login: "boss", permission: "admin" },
    { login: "alice", permission: "write" },
    { login: "bob", permission: "write" },
    { login: "reader", permission: "read" },
  ],
  teams: [
    { slug: "on-call", members: ["alice", "bob"], permission: "write" },
    { slug: "security", members: ["boss"], permission: "maintain" },
    { slug: "elsewhere", members: [], permission: null },
  ],
};

/** What is set where a test is about something else. */
const USUAL: SettingsSeed = {
  workflowsApprovePullRequests: true,
  workflows: Object.fromEntries(scheduledWorkflows(ROOT).map((name) => [name, "active"])),
};

export const CODEOWNERS = "* @acme/on-call\n/runbook.yml @acme/on-call @acme/security\n";

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  calls: CallRecord[];
  /** The calls that were no reading, as `operation status`. */
  changing: string[];
}

export interface SetUp {
  /** `npm run setup -- ARGUMENTS --repository acme/platform` with the token of this person; null: a wrong one. */
  run(as: string | null, ...args: string[]): Promise<Outcome>;
  /** A call that the test makes by itself. */
  api(path: string): Promise<Response>;
}

/** @param files what is on the default branch */
export async function withRepository(
  seed: Partial<GitHubSeed>,
  test: (setUp: SetUp) => Promise<void>,
  files: Record<string, string> = { ".github/CODEOWNERS": CODEOWNERS },
): Promise<void> {
  const calls = new CallLog();
  const github = await createGitHub({
    clock: createClock({ speed: 1, start: Date.UTC(2026, 10, 2) }),
    calls,
    oidc: new OidcIssuer(),
    seed: { ...EMPTY, ...seed, settings: { ...USUAL, ...seed.settings } },
  });
  github.hooks.readContent = async (path) => {
    const text = files[path];
    return text === undefined ? null : { type: "file", path, content: Buffer.from(text) };
  };
  const token = (login: string) => github.state.userToken(login);
  const api = (path: string) =>
    fetch(`${github.apiUrl}/repos/acme/platform${path}`, {
      headers: { authorization: `Bearer ${token("boss")}`, "user-agent": "test" },
    });
  const run: SetUp["run"] = async (as, ...args) => {
    const before = calls.all().length;
    const env = {
      PATH: process.env.PATH ?? "",
      GITHUB_API_URL: github.apiUrl,
      GH_TOKEN: as === null ? "ghp_wrong" : token(as),
    };
    const named = args.includes("--repository") ? args : [...args, "--repository", "acme/platform"];
    const outcome = await command(named, env);
    const made = calls.all().slice(before);
    return {
      ...outcome,
      calls: [...made],
      changing: made.filter(changes).map(({ operation, status }) => `${operation} ${status}`),
    };
  };
  try {
    await test({ run, api });
    if (github.defects.length > 0) throw new Error(`Defects: ${github.defects.join("\n")}`);
  } finally {
    await github.close();
  }
}

const SLICE = JSON.parse(readFileSync(join(ROOT, "drill/github/openapi.json"), "utf8")) as {
  operations: Record<string, { method: string }>;
};

function changes({ operation }: CallRecord): boolean {
  return SLICE.operations[operation]?.method !== "GET";
}

/** The set-up's command alone, with just these variables. */
export function command(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Pick<Outcome, "code" | "stdout" | "stderr">> {
  return new Promise((resolve) => {
    const script = join(ROOT, "scripts/setup/main.ts");
    const compiled = { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/firebreak-setup") };
    execFile(
      process.execPath,
      [script, ...args],
      { cwd: ROOT, env: { ...env, ...compiled } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}

/** The lines of one verdict, without it. */
export function lines(stdout: string, verdict: "MISSING" | "CANNOT BE READ" | "weak" | "fine"): string[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith(`${verdict} `))
    .map((line) => line.slice(verdict.length).trim());
}
