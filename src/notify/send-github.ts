import { commentOnce, type IssueDeps } from "../incident/issue.ts";
import { codeBlock } from "../incident/markdown.ts";
import type { Attempt, Channel } from "./attempt.ts";
import type { Message } from "./message.ts";
import { plainText } from "./text.ts";

/** Whom the token of a workflow is. */
const WORKFLOW = "github-actions[bot]";

/**
 * A mention in the incident's issue, and for a person its assignment. GitHub tells a person whom a workflow mentions, who
 * has to be able to read the repository. It tells no team of a mention by the workflow's own token, which may not read the
 * organisation's members: that takes a GitHub App's token as `github-token`
 * (https://github.com/jenschelkopf/issue-label-notification-action/issues/12).
 */
export function byMention(
  deps: IssueDeps,
  issue: number,
  whom: string,
  key: string,
  message: Message,
): Channel {
  return {
    send: async (): Promise<Attempt> => {
      try {
        const links = message.links.map(({ title, url }) => `[${title}](${url})`).join(" · ");
        const body = `@${whom}\n\n${codeBlock(plainText(message))}\n\n${links}`;
        const comment = await commentOnce(deps, issue, key, body);
        const team = whom.includes("/");
        if (team && comment.user?.login === WORKFLOW)
          return { outcome: "failed", why: `GitHub tells no team of a mention by ${WORKFLOW}` };
        if (!team) await assign(deps, issue, whom);
        return { outcome: "sent", messageId: String(comment.id) };
      } catch (error) {
        const { status, message: why } = error as Error & { status?: number };
        const definite = status !== undefined && status < 500;
        return { outcome: definite ? "failed" : "unknown", why: `GitHub: ${why}`.slice(0, 300) };
      }
    },
  };
}

/**
 * GitHub assigns only people with write access, and says nothing of others
 * (https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue). A failure is a warning: they are told.
 */
async function assign({ github, context, log }: IssueDeps, issue: number, login: string): Promise<void> {
  const { owner, repo } = context;
  try {
    await github.rest.issues.addAssignees({ owner, repo, issue_number: issue, assignees: [login] });
  } catch (error) {
    log.warning(`${login} could not be assigned to the issue: ${(error as Error).message}`);
  }
}
