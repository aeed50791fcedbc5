/**
 * `npm run setup -- --check` says what a GitHub repository lacks for Firebreak; `--apply` makes what can be made.
 * Exit status 0 when nothing required is missing, 1 otherwise.
 */
import { relative, resolve } from "node:path";
import { createGitHub } from "../../src/clients/github.ts";
import { describeError, FirebreakError } from "../../src/errors.ts";
import type { Log } from "../../src/ports.ts";
import { loadRunbook } from "../../src/runbook/load.ts";
import { environmentOf } from "../../src/runbook/target.ts";
import { applyChanges } from "./apply.ts";
import { type Request, readArguments } from "./arguments.ts";
import type { Context } from "./context.ts";
import { counted, heading, isReady, listed, printable, stackLines } from "./report.ts";
import { readRepository } from "./repository.ts";
import { findReviewers } from "./reviewers.ts";
import { stacksOf } from "./stacks.ts";
import { survey } from "./survey.ts";

const say = (line: string) => console.log(printable(line));
const log: Log = {
  info: (message) => console.error(message),
  warning: (message) => console.error(message),
  error: (message) => console.error(message),
  mask: () => {},
};

async function contextOf(request: Request): Promise<Context> {
  const runbook = await loadRunbook(request.runbook);
  const { environment, owner, repo, attest } = request;
  if (environment !== null) environmentOf(runbook, environment);
  const github = createGitHub(request.token, request.apiUrl, log);
  const repository = await readRepository(github, owner, repo);
  return {
    github,
    repository,
    runbook,
    environments: environment === null ? Object.keys(runbook.environments) : [environment],
    request: { attest },
    reviewers: await findReviewers(github, repository, "--reviewers", request.reviewers),
    breakGlassReviewers: await findReviewers(
      github,
      repository,
      "--break-glass-reviewers",
      request.breakGlassReviewers,
    ),
    root: process.cwd(),
    runbookPath: relative(process.cwd(), resolve(request.runbook)),
  };
}

/** True when the repository is ready. */
async function check(context: Context, { json }: Request, more: object = {}): Promise<boolean> {
  const { findings } = await survey(context);
  const stacks = context.environments.map((environment) => stacksOf(context, environment));
  const ready = isReady(findings);
  if (json) {
    const repository = context.repository.name;
    console.log(JSON.stringify({ repository, ready, ...more, findings, stacks }, null, 2));
    return ready;
  }
  for (const line of listed(findings)) say(line);
  for (const stack of stacks) for (const line of stackLines(stack)) say(line);
  say(counted(findings));
  return ready;
}

async function apply(context: Context, request: Request): Promise<boolean> {
  const tell = request.json ? (line: string) => console.error(printable(line)) : say;
  const area = await survey(context);
  for (const note of area.kept) tell(`kept  ${note}`);
  const { made, failed } = await applyChanges(area, request.dryRun, tell);
  const lines = area.changes.flatMap((change) => change.lines);
  if (lines.length === 0) tell("nothing to change");
  if (request.dryRun) {
    if (request.json) console.log(JSON.stringify({ planned: lines, kept: area.kept }, null, 2));
    return true;
  }
  const ready = await check(context, request, { made, failed, kept: area.kept });
  return ready && failed.length === 0;
}

try {
  const request = readArguments(process.argv.slice(2), process.env);
  const context = await contextOf(request);
  if (!request.json) say(heading(context));
  const ready = await (request.mode === "check" ? check(context, request) : apply(context, request));
  process.exitCode = ready ? 0 : 1;
} catch (error) {
  const { status } = error as { status?: number };
  if (!(error instanceof FirebreakError) && status === undefined) throw error;
  for (const line of describeError(error).split("\n")) console.error(printable(line));
  process.exitCode = 1;
}
