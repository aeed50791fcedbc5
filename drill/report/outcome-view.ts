/** What came of the drill: the head of the page, refusals, what was contained, who approved, the jobs. */
import { type IncidentEvidence, type LedgerLine, record } from "./evidence.ts";
import { Html, html } from "./html.ts";
import { duration } from "./live.ts";
import type { DrillReport, JobReport } from "./model.ts";

export function renderHead(report: DrillReport, callCount: number, itemCount: number): Html {
  const { scenario, conclusion, asExpected, timings, differences } = report;
  const figures: [string | null, string][] = [
    [duration(timings.untilSealed), "until the evidence was sealed"],
    [duration(timings.waitedForApproval), "waiting for approval"],
    [duration(timings.untilContained), "until contained"],
    [duration(timings.total), "the whole drill, simulated"],
    [String(itemCount), "evidence items"],
    [String(callCount), "API calls"],
  ];
  return html`
    <p class="eyebrow">Firebreak drill, ${scenario.start.slice(0, 16).replace("T", " ")} UTC</p>
    <h1>${scenario.name}</h1>
    <p>${scenario.description}</p>
    <p><span class="pill ${asExpected ? "good" : "bad"}">${asExpected ? "Ended as expected" : "Not as expected"}</span>
      <span class="pill ${conclusion === "success" ? "good" : "neutral"}">conclusion: ${conclusion}</span></p>
    <p class="quiet">${scenario.mcp} in ${scenario.environment}, seed ${scenario.seed}, ${scenario.speed} simulated seconds in one real second.</p>
    ${
      differences.length > 0 &&
      html`<div class="note bad">${differences.map(
        ({ what, expected, actual }) =>
          html`<p><strong>${what}</strong>: expected ${expected}, actual ${actual}</p>`,
      )}</div>`
    }
    <ul class="figures">${figures.flatMap(([value, name]) => (value === null ? [] : [html`<li><b>${value}</b><span>${name}</span></li>`]))}</ul>`;
}

export function renderRefusals({ refusals }: DrillReport): Html | null {
  if (refusals.length === 0) return null;
  return html`<h2>Refused</h2>${refusals.map(
    ({ reason, message, remedy, action }) => html`<div class="note warn">
      <p><strong>${reason}</strong> <span class="quiet">(${action})</span></p><p>${message}</p><p><strong>To mend it:</strong> ${remedy}</p></div>`,
  )}`;
}

/** What was merged of reviews; nothing where nothing was. */
export function renderRecords({ records, figures }: DrillReport): Html | null {
  if (records.length === 0 && figures === null) return null;
  const links: [string, string][] = [
    ...records.map((path): [string, string] => ["Record", path]),
    ...(figures === null ? [] : [["Figures", figures] as [string, string]]),
  ];
  return html`<h2>The review's record</h2>
    <ul>${links.map(([name, path]) => html`<li>${name}: <a href="${path}">${path}</a></li>`)}</ul>`;
}

/** Before and after, from the counts and from what the ledger says about each change. */
export function renderChanges(
  { service, scenario, timings }: DrillReport,
  evidence: readonly IncidentEvidence[],
): Html {
  const ledger = evidence.flatMap((incident) => incident.ledger);
  const ended = ledger.filter(({ kind }) => ["contained", "not-contained", "restored"].includes(kind));
  const steps = ledger.filter(({ kind }) => kind === "change-intended");
  const made = ledger.filter(({ kind }) => kind === "change-made");
  return html`
    ${ended.map(({ kind, data }) => {
      const bad = kind === "not-contained";
      return html`<p class="note${bad ? " bad" : ""}"><strong>${bad ? "Not contained" : kind === "restored" ? "Restored" : "Contained"}.</strong> ${String(data.summary ?? data.message ?? "")}</p>`;
    })}
    ${ended.length === 0 && html`<p class="quiet">Nothing was changed${timings.untilContained === null ? "" : " any more"}.</p>`}
    <div class="scroll"><table class="changes">
      <thead><tr><th>What</th><th>Before</th><th>After</th></tr></thead>
      <tbody>
        ${service && html`<tr><td>${scenario.service}</td><td>${count(service.before)}</td><td>${count(service.after)}</td></tr>`}
        ${steps.map((intended) => renderChange(intended, made))}
      </tbody>
    </table></div>`;
}

/** One change: what was there before it, and what the ledger says came of it. */
function renderChange({ data, sequence }: LedgerLine, made: readonly LedgerLine[]): Html {
  const outcome = made.find(
    (line) => line.sequence > sequence && line.data.step === data.step && line.data.target === data.target,
  );
  const after = outcome
    ? values(outcome.data.outcome)
    : html`<span class="pill warn">not confirmed</span> ${values(data.to)}`;
  return html`<tr><td>${String(data.step)}<br><span class="quiet">${String(data.target)}</span></td>
    <td>${values(data.from)}</td><td>${after}</td></tr>`;
}

function count({ desired, running }: { desired: number; running: number }): string {
  return `desired ${desired}, running ${running}`;
}

function values(value: unknown): Html {
  return html`${Object.entries(record(value))
    .filter(([name]) => name !== "remembered")
    .map(([name, part]) => html`<div><span class="quiet">${name}</span> ${plainValue(part)}</div>`)}`;
}

/** A value in words: the members of an object one after the other. */
function plainValue(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "none");
  if (Array.isArray(value)) return value.map(plainValue).join(", ") || "none";
  return Object.entries(value)
    .map(([name, part]) => `${name} ${plainValue(part)}`)
    .join(", ");
}

export function renderApprovals({ approvals }: DrillReport): Html {
  if (approvals.length === 0)
    return html`<p class="quiet">Nobody was asked for a review, or nobody answered.</p>`;
  return html`<div class="scroll"><table>
    <thead><tr><th>Environment</th><th>Reviewer</th><th>Review</th><th>Comment</th><th class="number">After</th></tr></thead>
    <tbody>${approvals.map(({ environment, login, state, comment, requestedAt, at }) => {
      const waited =
        requestedAt === null ? null : Math.round((Date.parse(at) - Date.parse(requestedAt)) / 1000);
      return html`<tr><td>${environment}</td><td>${login}</td><td><span class="pill ${state === "approved" ? "good" : "bad"}">${state}</span></td>
        <td>${comment || "–"}</td><td class="number">${duration(waited) ?? "–"}</td></tr>`;
    })}</tbody></table></div>`;
}

export function renderJobs({ jobs, runs }: DrillReport): Html {
  return html`${runs.map(
    ({ id, attempt, title, workflow, actor }) => html`
      <h3 id="run-${id}">${title}</h3>
      <p class="quiet"><code>${workflow}</code> dispatched by ${actor}, run ${id}${attempt > 1 && `, attempt ${attempt}`}</p>
      ${jobs.filter((job) => job.run === id && job.attempt === attempt).map(renderJob)}`,
  )}`;
}

function renderJob({ name, conclusion, steps, startedAt, completedAt, annotations, log }: JobReport): Html {
  const kind = conclusion === "success" ? "good" : conclusion === "failure" ? "bad" : "neutral";
  if (steps.length === 0 || startedAt === null) {
    return html`<p><strong>${name}</strong> <span class="pill ${kind}">${conclusion ?? "unfinished"}</span> ${annotations.map((text) => html`<br><span class="quiet">${text}</span>`)}</p>`;
  }
  return html`<details${conclusion === "failure" && new Html(" open")}>
    <summary><strong>${name}</strong> <span class="pill ${kind}">${conclusion ?? "unfinished"}</span> <span class="quiet">${took(startedAt, completedAt)}${log !== null && html`, <a href="${log}">log</a>`}</span></summary>
    <ul class="steps">${steps.map((step) => html`<li><span>${step.name}</span><span>${step.conclusion ?? ""} ${took(step.startedAt, step.completedAt)}</span></li>`)}</ul>
    ${annotations.map((text) => html`<pre>${text}</pre>`)}
  </details>`;
}

function took(from: string | null, to: string | null): string {
  return from === null || to === null
    ? ""
    : (duration(Math.round((Date.parse(to) - Date.parse(from)) / 1000)) ?? "");
}
