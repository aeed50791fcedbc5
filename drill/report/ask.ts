/** Asks the person at the terminal for a review, as GitHub asks the reviewer. */
import type { Interface } from "node:readline/promises";
import type { Answer, ApprovalRequest } from "../scenario/approvals.ts";
import { plainText } from "./plain-text.ts";
import { printable } from "./printable.ts";

/** So much of the plan is shown; all of it is in the job summaries. */
const MOST_LINES = 60;

/** Shows what waits and what it would do, then asks who reviews and how. An empty answer rejects. */
export async function askForReview(
  request: ApprovalRequest,
  lines: Pick<Interface, "question">,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<Answer> {
  write(
    `\n${"─".repeat(78)}\nReview pending deployment: ${request.environment}\n${printable(request.title)}\n\n`,
  );
  for (const { job, markdown } of request.summaries)
    write(`[summary of ${job}]\n${firstLines(plainText(markdown))}\n\n`);
  const login = await chooseReviewer(request.reviewers, lines, signal);
  const approve = await lines.question(`Approve as ${login}? [y/N] `, { signal });
  const state = /^\s*y(es)?\s*$/i.test(approve) ? "approved" : "rejected";
  const comment = await lines.question("Comment (may be empty): ", { signal });
  write(`${"─".repeat(78)}\n\n`);
  return { login, state, comment: comment.trim() };
}

async function chooseReviewer(
  reviewers: readonly string[],
  lines: Pick<Interface, "question">,
  signal: AbortSignal,
): Promise<string> {
  const [first = ""] = reviewers;
  if (reviewers.length < 2) return first;
  const answer = await lines.question(`Review as [${reviewers.join(" | ")}, default ${first}]: `, { signal });
  return answer.trim() || first;
}

function firstLines(text: string): string {
  const lines = text.split("\n");
  const left = lines.length - MOST_LINES;
  return left > 0 ? `${lines.slice(0, MOST_LINES).join("\n")}\n… ${left} more lines` : text;
}
