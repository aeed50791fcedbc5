import { resolve } from "node:path";
import { describeError, FirebreakError } from "../../errors.ts";
import { keepComment } from "../../incident/issue.ts";
import { codeSpan } from "../../incident/markdown.ts";
import { personOf } from "../../incident/person.ts";
import { IncidentRecord } from "../../incident/record.ts";
import type { ActionDeps, Outputs } from "../../ports.ts";
import { loadRunbook } from "../../runbook/load.ts";
import { type Asked, readAsked } from "./asked.ts";
import type { CommentInputs } from "./inputs.ts";
import { type Answer, obey } from "./obey.ts";

/** What goes wrong with the ledger itself is nobody's command's fault: the job fails, and says so. */
const NOT_AN_ANSWER: ReadonlySet<string> = new Set(["ledger-broken", "ledger-busy", "ledger-unreadable"]);

/**
 * Obeys a command that somebody wrote as a comment on an incident's issue, and answers it in the thread, once. Without an
 * environment it only says whether there is something to obey: that needs no role in AWS.
 *
 * An incident is what has a ledger in the environment's vault; the issue's text is not asked. Where it has
 * none here, nothing is done and nothing said, and the job of the environment that has it does both. Done again it changes
 * nothing: the ledger's entries are keyed by the comment, and so is the answer.
 */
export async function run(inputs: CommentInputs, deps: ActionDeps): Promise<Outputs> {
  const verdict = await readAsked(deps);
  if (verdict.kind === "nothing") {
    deps.log.info(`Nothing to obey: ${verdict.why}.`);
    return NOTHING;
  }
  if (verdict.kind === "not-allowed") {
    if (inputs.environment === undefined && !inputs.dryRun) await answer(deps, verdict, NOT_ALLOWED);
    return NOTHING;
  }
  const { asked } = verdict;
  if (inputs.environment === undefined) return { ...NOTHING, obey: "true", issue: String(asked.issue) };
  // Whoever wrote the comment acts, also where somebody else re-runs the job.
  const theirs = { ...deps, context: { ...deps.context, actor: asked.login } };
  const runbook = await loadRunbook(resolve(deps.context.workspace, inputs.runbook));
  const record = await IncidentRecord.find(theirs, runbook, inputs.environment, asked.issue);
  if (!record) {
    deps.log.info(`There is no incident of that number in ${inputs.environment}.`);
    return NOTHING;
  }
  if (inputs.dryRun) {
    const { command } = asked;
    deps.log.info(
      `dry run  ${record.id}: would ${"problem" in command ? "answer" : `obey /${command.command}`}`,
    );
    return NOTHING;
  }
  const { text, follows } = await answerTo(theirs, record, asked);
  try {
    await answer(deps, asked, text);
  } catch (error) {
    // What follows does not wait for the answer: people are told without it.
    if (follows.escalate !== "true") throw error;
    deps.log.warning(`The command was obeyed, and the answer could not be written: ${describeError(error)}`);
  }
  return { ...NOTHING, ...follows, obey: "true", issue: String(asked.issue) };
}

const NOTHING: Outputs = { obey: "false", issue: "", escalate: "false", review: "false" };
const NOT_ALLOWED =
  "This was not obeyed: commands are taken from people with write access to this repository. Ask one of them.";

async function answerTo(deps: ActionDeps, record: IncidentRecord, asked: Asked): Promise<Answer> {
  try {
    return await obey(deps, record, asked, await personOf(deps, asked.login));
  } catch (error) {
    if (!(error instanceof FirebreakError) || NOT_AN_ANSWER.has(error.reason)) throw error;
    deps.log.info(`Refused: ${error.reason}`);
    const text = `Nothing was done: ${codeSpan(error.message, 600)}\n\n${codeSpan(error.remedy, 600)}`;
    return { text, follows: {} };
  }
}

async function answer(
  deps: ActionDeps,
  { issue, comment }: Pick<Asked, "issue" | "comment">,
  text: string,
): Promise<void> {
  await keepComment(deps, issue, `answer/${comment}`, text);
}
