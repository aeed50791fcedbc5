/** The command line of `npm run setup`. */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { badInput, quoted } from "../../src/errors.ts";

export const USAGE = `npm run setup -- --check [--repository OWNER/NAME] [--environment dev] [--json]
npm run setup -- --apply [--repository OWNER/NAME] [--environment dev] [--dry-run] [--json]
    [--reviewers USER,team/SLUG] [--break-glass-reviewers USER,team/SLUG] [--attest]`;

export interface Request {
  mode: "check" | "apply";
  owner: string;
  repo: string;
  runbook: string;
  /** One environment of the runbook; null for all. */
  environment: string | null;
  /** Who approves containment, and who may break the glass, where nobody is set yet. */
  reviewers: string[];
  breakGlassReviewers: string[];
  attest: boolean;
  dryRun: boolean;
  json: boolean;
  token: string;
  apiUrl: string;
}

const flag = { type: "boolean", default: false } as const;
const text = { type: "string" } as const;
const options = {
  check: flag,
  apply: flag,
  repository: text,
  environment: text,
  runbook: { ...text, default: "runbook.yml" },
  reviewers: text,
  "break-glass-reviewers": text,
  attest: flag,
  "dry-run": flag,
  json: flag,
} as const;

const MOST_REVIEWERS = 6;

/** @throws FirebreakError naming the option that does not fit. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): Request {
  const values = parse(args);
  if (values.check === values.apply)
    throw badInput("--check", "or --apply is to be given, and only one", USAGE);
  const mode = values.check ? "check" : "apply";
  if (mode === "check") refuseApplyOptions(values);
  const [owner = "", repo = ""] = repositoryFrom(values.repository, env).split("/");
  return {
    mode,
    owner,
    repo,
    runbook: values.runbook,
    environment: values.environment ?? null,
    reviewers: names("--reviewers", values.reviewers),
    breakGlassReviewers: names("--break-glass-reviewers", values["break-glass-reviewers"]),
    attest: values.attest,
    dryRun: values["dry-run"],
    json: values.json,
    token: tokenFrom(env),
    apiUrl: apiFrom(env),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw badInput("command line", `cannot be read: ${(error as Error).message}`, USAGE);
  }
}

function refuseApplyOptions(values: ReturnType<typeof parse>): void {
  const given = (["reviewers", "break-glass-reviewers", "attest", "dry-run"] as const).find(
    (name) => values[name] !== undefined && values[name] !== false,
  );
  if (given !== undefined) throw badInput(`--${given}`, "belongs to --apply: --check changes nothing", USAGE);
}

function repositoryFrom(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const repository = given ?? (env.GITHUB_REPOSITORY || originOf());
  if (repository === null) {
    throw badInput(
      "--repository",
      "is not given, and the folder has no remote 'origin' to take it from",
      USAGE,
    );
  }
  if (!/^[\w-]+\/[\w.-]+$/.test(repository)) {
    throw badInput("--repository", `is not OWNER/NAME: ${quoted(repository)}`, USAGE);
  }
  return repository;
}

/** The repository that the remote `origin` names, or null. */
function originOf(): string | null {
  try {
    const url = execFileSync("git", ["remote", "get-url", "origin"], { stdio: ["ignore", "pipe", "ignore"] });
    return /[/:]([\w-]+\/[\w.-]+?)(\.git)?\/?\s*$/.exec(url.toString())?.[1] ?? null;
  } catch {
    return null;
  }
}

function names(option: string, list: string | undefined): string[] {
  if (list === undefined) return [];
  const given = [...new Set(list.split(",").map((name) => name.trim().replace(/^@/, "")))];
  const wrong = given.find((name) => !/^(team\/[\w.-]+|[\w-]+)$/.test(name));
  if (wrong !== undefined) {
    throw badInput(option, `has an entry that is neither USER nor team/SLUG: ${quoted(wrong)}`, USAGE);
  }
  if (given.length > MOST_REVIEWERS) {
    throw badInput(
      option,
      `names ${given.length}; GitHub takes at most ${MOST_REVIEWERS}`,
      "Make a team of them and give team/SLUG.",
    );
  }
  return given;
}

function tokenFrom({ GITHUB_TOKEN, GH_TOKEN }: NodeJS.ProcessEnv): string {
  const token = (GITHUB_TOKEN || GH_TOKEN || "").trim();
  if (token !== "") return token;
  throw badInput(
    "GITHUB_TOKEN",
    "is not set, nor GH_TOKEN",
    "For example: GH_TOKEN=$(gh auth token) npm run setup -- --check",
  );
}

function apiFrom({ GITHUB_API_URL }: NodeJS.ProcessEnv): string {
  const url = GITHUB_API_URL || "https://api.github.com";
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "");
  throw badInput(
    "GITHUB_API_URL",
    `is no address: ${quoted(url)}`,
    "Leave it out for github.com; for GitHub Enterprise Server it is https://HOST/api/v3.",
  );
}
