/** The timeline: jobs, waits and calls drawn to scale, and the ledger told in order. */
import type { CallRecord } from "../contracts.ts";
import { isChanging } from "./changing.ts";
import type { IncidentEvidence, LedgerLine } from "./evidence.ts";
import { type Html, html } from "./html.ts";
import type { DrillReport, JobReport } from "./model.ts";

/** Width of the drawings in their own units. */
const WIDTH = 1000;
/** A call service draws at most one tick for each of this many slots, so that a page stays small. */
const SLOTS = 500;

export interface Scale {
  from: number;
  to: number;
  x: (at: number) => number;
}

export function renderTimeline(
  report: DrillReport,
  calls: readonly CallRecord[],
  evidence: readonly IncidentEvidence[],
): Html {
  const scale = scaleOf(report, calls);
  const ledger = evidence.flatMap((incident) => incident.ledger);
  const jobs = report.jobs.filter(
    ({ startedAt, waiting, conclusion }) =>
      conclusion !== "skipped" && (startedAt !== null || waiting !== null),
  );
  const services = [...new Set(calls.map(({ service }) => service))].sort();
  return html`
    <div class="lanes">
      ${jobs.map((job) => lane(job.name, drawJob(job, scale)))}
      ${lane(
        "ledger",
        ledger.map(({ at, kind }) => mark(scale.x(Date.parse(at)), kind)),
      )}
      ${services.map((service) => {
        const own = calls.filter((call) => call.service === service);
        return lane(`${service} (${own.length})`, drawCalls(own, scale));
      })}
      <div class="lane axis-row"><span></span>${axis(scale)}</div>
    </div>
    <ul class="legend">
      <li>${swatch("run-ok")}job succeeded</li><li>${swatch("run-bad")}job failed</li>
      <li>${swatch("waits")}waiting for approval</li><li>${swatch("tick")}API call</li>
      <li>${swatch("tick changing")}changing call</li><li>${swatch("tick failed")}call refused or failed</li>
      <li>${swatch("mark")}ledger entry</li>
    </ul>
    <ol class="story">${story(report, ledger).map(
      ({ at, what }) =>
        html`<li><time datetime="${at}">${sinceBegin(at, scale)}</time><span>${what}</span></li>`,
    )}</ol>`;
}

/** `+2:05` since the drill began. */
export function sinceBegin(at: string, { from }: Pick<Scale, "from">): string {
  const seconds = Math.max(Math.round((Date.parse(at) - from) / 1000), 0);
  return `+${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function scaleOf(report: DrillReport, calls: readonly CallRecord[]): Scale {
  const times = [
    ...report.runs.flatMap(({ createdAt, completedAt }) => [createdAt, completedAt ?? createdAt]),
    ...calls.slice(0, 1).map(({ at }) => at),
    ...calls.slice(-1).map(({ at }) => at),
  ].map((at) => Date.parse(at));
  const from = times.length > 0 ? Math.min(...times) : Date.parse(report.scenario.start);
  const to = Math.max(...times, from + 1000);
  return { from, to, x: (at) => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * WIDTH };
}

function lane(name: string, drawing: readonly Html[] | Html): Html {
  const label = `Timeline of ${name}`;
  return html`<div class="lane"><span title="${name}">${name}</span><svg viewBox="0 0 ${WIDTH} 20"
    preserveAspectRatio="none" role="img" aria-label="${label}">${drawing}</svg></div>`;
}

function drawJob({ waiting, startedAt, completedAt, conclusion, key }: JobReport, scale: Scale): Html {
  const waits = waiting && bar("waits", waiting.from, waiting.to, `${key} waited`, scale);
  const kind = conclusion === "success" ? "run-ok" : conclusion === "failure" ? "run-bad" : "run-off";
  const runs =
    startedAt &&
    bar(kind, startedAt, completedAt ?? startedAt, `${key}: ${conclusion ?? "unfinished"}`, scale);
  return html`${waits}${runs || null}`;
}

function bar(kind: string, from: string, to: string, title: string, scale: Scale): Html {
  const x = scale.x(Date.parse(from));
  const width = Math.max(scale.x(Date.parse(to)) - x, 2);
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return html`<rect class="${kind}" x="${x.toFixed(1)}" y="3" width="${width.toFixed(1)}" height="14" rx="1"><title>${title}, ${seconds} s</title></rect>`;
}

/** One tick for each slot of time in which there was a call; the most telling call gives its kind. */
function drawCalls(calls: readonly CallRecord[], scale: Scale): Html[] {
  const slots = new Map<number, { kind: string; titles: string[] }>();
  for (const call of calls) {
    const slot = Math.round((scale.x(Date.parse(call.at)) / WIDTH) * SLOTS);
    const entry = slots.get(slot) ?? { kind: "", titles: [] };
    if (isChanging(call)) entry.kind = " changing";
    else if (call.error !== null && entry.kind === "") entry.kind = " failed";
    entry.titles.push(`${call.operation}${call.error === null ? "" : ` (${call.error})`}`);
    slots.set(slot, entry);
  }
  return [...slots].map(([slot, { kind, titles }]) => {
    const x = ((slot / SLOTS) * WIDTH).toFixed(1);
    const counted = [...new Set(titles)].slice(0, 4).join(", ");
    const more = titles.length > 1 ? `, ${titles.length} calls` : "";
    return html`<line class="tick${kind}" x1="${x}" x2="${x}" y1="3" y2="17"><title>${counted}${more}</title></line>`;
  });
}

function mark(x: number, title: string): Html {
  return html`<line class="mark" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="2" y2="18"><title>${title}</title></line>`;
}

function swatch(kind: string): Html {
  const shape = /^(tick|mark)/.test(kind)
    ? html`<line class="${kind}" x1="5" x2="5" y1="0" y2="10" />`
    : html`<rect class="${kind}" width="14" height="10" rx="2" />`;
  return html`<svg viewBox="0 0 14 10" aria-hidden="true">${shape}</svg>`;
}

function axis({ from, to }: Scale): Html {
  const minutes = (to - from) / 60_000;
  const step = [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 360].find((size) => minutes / size <= 6) ?? 720;
  const labels = Array.from({ length: Math.floor(minutes / step) + 1 }, (_, index) => index * step);
  return html`<div class="axis">${labels.map(
    (at) => html`<i style="left:${((at / minutes) * 100).toFixed(2)}%">${label(at)}</i>`,
  )}</div>`;
}

function label(minutes: number): string {
  const seconds = Math.round(minutes * 60);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const KINDS: Readonly<Record<string, string>> = {
  declared: "Incident declared",
  planned: "Plan recorded",
  "plan-failed": "No plan could be made",
  "escalation-due": "Escalation due",
  "capture-started": "Capture started",
  "capture-sealed": "Capture sealed",
  "capture-signed": "Signature and time-stamp sought",
  "capture-failed": "Capture failed",
  "capture-attested": "Manifest attested by GitHub",
  "evidence-requested": "Asked for",
  "request-settled": "Request settled",
  "source-final": "Source final",
  "late-objects": "Objects found after the seal",
  "audit-trail-verified": "Audit trail checked",
  "severity-changed": "Severity changed",
  "secret-disabled": "Old secret disabled",
  "step-confirmed": "Step confirmed by a person",
  "follow-up-due": "To be followed up",
  "gate-passed": "Gate passed",
  "gate-refused": "Gate refused",
  "glass-broken": "Glass broken",
  "change-intended": "Change about to be made",
  "change-made": "Change made",
  contained: "Contained",
  "not-contained": "Not contained",
  restored: "Restored",
  "review-opened": "Review issue opened",
  reviewed: "Reviewed",
};

function story(report: DrillReport, ledger: readonly LedgerLine[]): { at: string; what: Html }[] {
  const asked = report.jobs.flatMap(({ waiting, environment, key }) =>
    waiting === null
      ? []
      : [
          {
            at: waiting.from,
            what: html`Job <code>${key}</code> waits for a review of <code>${environment}</code>`,
          },
        ],
  );
  const reviewed = report.approvals.map(({ at, login, state, environment, comment }) => ({
    at,
    what: html`<strong>${login}</strong> ${state} <code>${environment}</code>${comment && html`: “${comment}”`}`,
  }));
  const dispatched = report.runs.map(({ createdAt: at, actor, workflow, title }) => ({
    at,
    what: html`<strong>${actor}</strong> dispatched <code>${workflow}</code>: ${title}`,
  }));
  const entries = ledger.map(({ at, kind, by, data }) => {
    const more = detail(kind, data);
    return {
      at,
      what: html`${KINDS[kind] ?? kind}${more && html`: ${more}`} <span class="quiet">(${by.job})</span>`,
    };
  });
  return [...dispatched, ...asked, ...reviewed, ...entries].sort(
    (a, b) => Date.parse(a.at) - Date.parse(b.at),
  );
}

function detail(kind: string, data: Readonly<Record<string, unknown>>): string {
  if (kind === "capture-sealed")
    return `${String(data.items)} items${data.complete === true ? ", complete" : ", not complete"}`;
  if (kind === "gate-refused") {
    const refusals = Array.isArray(data.refusals) ? (data.refusals as { reason?: unknown }[]) : [];
    return refusals.map(({ reason }) => String(reason)).join(", ");
  }
  if (kind === "source-final") return `${String(data.source)}, ${String(data.outcome)}`;
  if (kind === "request-settled") return `${String(data.request)}, ${String(data.outcome)}`;
  const text = data.summary ?? data.step ?? data.what ?? data.verdict ?? data.reason;
  return typeof text === "string" ? text : "";
}
