/** Issues as GitHub would show them: the incident first, its sub-issues after it. */
import type { IssueReport } from "../github/state.ts";
import { type Html, html } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";

export function renderIssues(issues: readonly IssueReport[], serverUrl: string): Html {
  if (issues.length === 0) return html`<p class="quiet">No issue was opened.</p>`;
  const ordered = [...issues].sort(
    (a, b) => Number(a.parent !== null) - Number(b.parent !== null) || a.number - b.number,
  );
  return html`${ordered.map((issue) => renderIssue(issue, issues, serverUrl))}`;
}

function renderIssue(issue: IssueReport, all: readonly IssueReport[], serverUrl: string): Html {
  const { number, title, state, labels, author, created, body, comments, parent, subIssues } = issue;
  const name = (other: number) => all.find((candidate) => candidate.number === other)?.title ?? "";
  const links = subIssues.map(
    (other) => html`<li><a href="#issue-${other}">#${other}</a> ${name(other)}</li>`,
  );
  return html`
    <article class="issue" id="issue-${number}">
      <header>
        <h3>${title} <span class="quiet">#${number}</span></h3>
        <div class="labels">
          <span class="pill ${state === "open" ? "good" : "neutral"}">${state === "open" ? "Open" : "Closed"}</span>
          ${labels.map((label) => html`<span class="label">${label}</span>`)}
          ${parent !== null && html`<span class="quiet">sub-issue of <a href="#issue-${parent}">#${parent}</a></span>`}
        </div>
      </header>
      ${post(author, created, body, serverUrl)}
      ${links.length > 0 && html`<div class="comment"><header>Sub-issues</header><div class="markdown"><ul>${links}</ul></div></div>`}
      ${comments.map((comment) => html`<div class="comment">${post(comment.author, comment.created, comment.body, serverUrl)}</div>`)}
    </article>`;
}

function post(author: string, created: string, body: string, serverUrl: string): Html {
  const day = created.slice(0, 16).replace("T", " ");
  return html`<header class="byline"><strong>${author}</strong> <time datetime="${created}">${day} UTC</time></header>
    <div class="markdown">${renderMarkdown(body, { serverUrl })}</div>`;
}
