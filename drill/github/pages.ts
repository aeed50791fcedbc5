/** The few pages behind the links that people click while a drill runs. Plain text, escaped, no script. */

import { GitHubError } from "./errors.ts";
import type { Issue } from "./issue-store.ts";
import { current } from "./run-store.ts";
import type { World } from "./world.ts";

export interface Page {
  status: number;
  html: string;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

function page(status: number, title: string, content: string): Page {
  const style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}" +
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8888;border-radius:6px;padding:1rem}";
  const head =
    `<meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title><style>${style}</style>`;
  const html = `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escapeHtml(title)}</h1>${content}</body></html>`;
  return { status, html };
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

function issueLink(world: World, issue: Issue): string {
  const href = `/${world.seed.repository}/issues/${issue.number}`;
  return `<a href="${escapeHtml(href)}">#${issue.number} ${escapeHtml(issue.title)}</a> (${issue.state})`;
}

function issuePage(world: World, number: number): Page {
  const issue = world.issues.get(number);
  const facts = `${issue.state} · by ${issue.author} · ${issue.labels.join(", ") || "no labels"}`;
  const subIssues = world.issues.subIssuesOf(issue).map((child) => issueLink(world, child));
  const comments = issue.comments.map(
    (comment) =>
      `<h2 id="issuecomment-${comment.id}">${escapeHtml(comment.author)}</h2><pre>${escapeHtml(comment.body)}</pre>`,
  );
  const body = `<p>${escapeHtml(facts)}</p><pre>${escapeHtml(issue.body ?? "")}</pre>`;
  const below = subIssues.length > 0 ? `<h2>Sub-issues</h2>${list(subIssues)}` : "";
  return page(200, `${issue.title} #${number}`, body + below + comments.join(""));
}

function runPage(world: World, runId: number): Page {
  const run = current(world.runs.get(runId));
  const jobs = world.runs.jobsOf(runId, run.attempt).map(({ record }) => {
    const href = `/${world.seed.repository}/actions/runs/${runId}/job/${record.id}`;
    return `<a href="${escapeHtml(href)}">${escapeHtml(record.name)}</a>: ${record.conclusion ?? record.status}`;
  });
  const reviews = world.approvals
    .history(runId)
    .map(({ login, state, environments }) =>
      escapeHtml(`${login} ${state} ${environments.map(({ name }) => name).join(", ")}`),
    );
  const waiting = world.approvals
    .pending(runId)
    .map(({ environment }) =>
      escapeHtml(`${environment.name} waits for a review by ${environment.requiredReviewers.join(" or ")}`),
    );
  const facts = `<p>${escapeHtml(`${run.name} · attempt ${run.attempt} · ${run.conclusion ?? run.status}`)}</p>`;
  return page(200, run.displayTitle, facts + list(jobs) + list([...waiting, ...reviews]));
}

function jobPage(world: World, jobId: number): Page {
  const { record, log } = world.runs.job(jobId);
  return page(200, record.name, `<pre>${escapeHtml(log ?? "No log yet.")}</pre>`);
}

function indexPage(world: World): Page {
  const base = `/${world.seed.repository}`;
  const runs = world.runs.all().map((stored) => {
    const run = current(stored);
    return `<a href="${escapeHtml(`${base}/actions/runs/${run.id}`)}">${escapeHtml(run.displayTitle)}</a>`;
  });
  const issues = world.issues.all().map((issue) => issueLink(world, issue));
  return page(200, world.seed.repository, `<h2>Issues</h2>${list(issues)}<h2>Runs</h2>${list(runs)}`);
}

/** The page at a path of the server URL; 404 for any other. */
export function renderPage(world: World, path: string): Page {
  const base = `/${world.seed.repository}`;
  const rest = path.startsWith(base) ? path.slice(base.length) : path;
  try {
    const issue = /^\/issues\/(\d+)$/.exec(rest)?.[1];
    if (issue !== undefined) return issuePage(world, Number(issue));
    const job = /^\/actions\/runs\/\d+\/job\/(\d+)$/.exec(rest)?.[1];
    if (job !== undefined) return jobPage(world, Number(job));
    const run = /^\/actions\/runs\/(\d+)(?:\/attempts\/\d+)?$/.exec(rest)?.[1];
    if (run !== undefined) return runPage(world, Number(run));
    if (["", "/", "/issues", "/actions"].includes(rest)) return indexPage(world);
  } catch (cause) {
    if (!(cause instanceof GitHubError)) throw cause;
  }
  return page(404, "Not found", "<p>The simulated GitHub has no page here.</p>");
}
