import { z } from "zod";
import { type CommentCommand, type Misspelt, readCommand } from "../../incident/comment-command.ts";
import type { ActionDeps } from "../../ports.ts";
import { readEvent } from "../receive-indicator/event.ts";

/** A command that somebody with write access gave in a comment, or tried to. */
export interface Asked {
  issue: number;
  comment: number;
  login: string;
  /** When the comment was written. */
  at: Date;
  command: CommentCommand | Misspelt;
}

/** What becomes of a comment before anybody looks at a ledger. */
export type Verdict =
  | { kind: "command"; asked: Asked }
  /** By somebody of the repository who may not give commands: told so, once. */
  | { kind: "not-allowed"; issue: number; comment: number }
  /** Nothing is done about it, and nothing said. */
  | { kind: "nothing"; why: string };

/** What of the event is looked at; all else of it counts for nothing. */
const eventSchema = z.object({
  action: z.literal("created"),
  issue: z.object({
    number: z.number().int().positive(),
    labels: z.array(z.object({ name: z.string() })),
    pull_request: z.unknown().optional(),
  }),
  comment: z.object({
    id: z.number().int().positive(),
    body: z.string(),
    user: z.object({ id: z.number(), type: z.string() }).nullable(),
  }),
});
type Event = z.infer<typeof eventSchema>;

const LABEL = "incident";

/**
 * Looks at the comment that started this run. It is a command only where it is one by its words, a person wrote it
 * (no app, nor anything that wrote in a person's name), it stands on an issue with the label `incident` exactly as it was
 * first written, and its author may write to the repository now. The event is what GitHub sent; the comment is fetched
 * again, since it may have been edited or deleted while the run waited for a runner.
 */
export async function readAsked(deps: ActionDeps): Promise<Verdict> {
  const event = eventSchema.safeParse(await readEvent(deps.context));
  if (!event.success) return nothing("the event is not about a new comment on an issue");
  const { issue, comment } = event.data;
  if (issue.pull_request != null) return nothing("it stands on a pull request");
  if (!issue.labels.some(({ name }) => name === LABEL)) return nothing("the issue is no incident");
  const command = readCommand(comment.body);
  if (command === null) return nothing("it is no command");
  const now = await fetchComment(deps, comment.id);
  const problem = now === undefined ? "it was deleted" : whyNot(now, event.data);
  if (problem !== undefined || !now?.user) return nothing(problem ?? "GitHub names no author");
  const { login } = now.user;
  if (await mayWrite(deps, login)) {
    const at = new Date(now.created_at);
    return { kind: "command", asked: { issue: issue.number, comment: comment.id, login, at, command } };
  }
  deps.log.info("The comment's author has no write access to the repository.");
  return MEMBERS.includes(now.author_association)
    ? { kind: "not-allowed", issue: issue.number, comment: comment.id }
    : nothing("its author has no part in the repository");
}

/** https://docs.github.com/en/graphql/reference/enums#commentauthorassociation */
const MEMBERS: readonly string[] = ["OWNER", "MEMBER", "COLLABORATOR"];

type Comment = Awaited<ReturnType<ActionDeps["github"]["rest"]["issues"]["getComment"]>>["data"];

/** https://docs.github.com/en/rest/issues/comments#get-an-issue-comment; undefined once it is deleted. */
async function fetchComment({ github, context }: ActionDeps, id: number): Promise<Comment | undefined> {
  const { owner, repo } = context;
  try {
    return (await github.rest.issues.getComment({ owner, repo, comment_id: id })).data;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

function whyNot(now: Comment, { issue, comment }: Event): string | undefined {
  if (now.body !== comment.body || now.created_at !== now.updated_at) return "it was edited";
  if (now.user?.type !== "User" || now.user.id !== comment.user?.id) return "no person wrote it";
  if (now.performed_via_github_app != null) return "an app wrote it in a person's name";
  const elsewhere = !now.issue_url.endsWith(`/issues/${issue.number}`) || now.html_url.includes("/pull/");
  return elsewhere ? "it stands elsewhere" : undefined;
}

/**
 * Whether somebody may write to the repository. `permission` is the ordinary role that theirs is built on, of admin,
 * write, read and none; maintain counts as write, and triage as read
 * (https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user).
 */
async function mayWrite({ github, context: { owner, repo } }: ActionDeps, login: string): Promise<boolean> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login });
    return data.permission === "write" || data.permission === "admin";
  } catch (error) {
    // Whoever is not known here may not write.
    if ((error as { status?: number }).status === 404) return false;
    throw error;
  }
}

function nothing(why: string): Verdict {
  return { kind: "nothing", why };
}
