/** The captures: what was collected, how completely, and each item's digest. */
import type { CaptureView, IncidentEvidence, ManifestItem } from "./evidence.ts";
import { type Html, html } from "./html.ts";

/** So many items of a source are listed; the manifest has them all. */
const MOST_ITEMS = 200;

export function renderEvidence(evidence: readonly IncidentEvidence[]): Html {
  const parts = evidence.flatMap(({ incident, captures, unsealed }) => [
    ...captures.map((capture) => renderCapture(incident, capture)),
    ...unsealed.map(
      (name) => html`<p class="note warn">Capture <code>${name}</code> of ${incident} was never sealed.</p>`,
    ),
  ]);
  return parts.length === 0 ? html`<p class="quiet">Nothing was preserved.</p>` : html`${parts}`;
}

function renderCapture(
  incident: string,
  { capture, complete, sealedAt, window, sources, items }: CaptureView,
): Html {
  const bytes = items.reduce((sum, { size }) => sum + size, 0);
  const gaps = sources.flatMap(({ source, gaps: all }) => all.map((gap) => ({ source, ...gap })));
  return html`
    <h3>${incident}, capture ${capture} <span class="pill ${complete ? "good" : "warn"}">${complete ? "complete" : "not complete"}</span></h3>
    <p class="quiet">${items.length} items, ${size(bytes)}, sealed ${sealedAt}${window && html`; window ${window.from} to ${window.to}`}.</p>
    <div class="scroll"><table>
      <thead><tr><th>Source</th><th>Status</th><th class="number">Items</th><th class="number">Size</th><th class="number">Gaps</th></tr></thead>
      <tbody>${sources.map(({ source, status, gaps: own }) => {
        const collected = items.filter((item) => item.source === source);
        return html`<tr><td>${source}</td><td><span class="pill ${status === "complete" ? "good" : "warn"}">${status}</span></td>
          <td class="number">${collected.length}</td><td class="number">${size(sum(collected))}</td><td class="number">${own.length}</td></tr>`;
      })}</tbody>
    </table></div>
    ${gaps.length > 0 && html`<div class="note warn">${gaps.map(({ source, what, why }) => html`<p><strong>${source}</strong>: ${what}: ${why}</p>`)}</div>`}
    ${[...new Set(items.map(({ source }) => source))].map((source) =>
      itemTable(
        source,
        items.filter((item) => item.source === source),
      ),
    )}`;
}

function itemTable(source: string, items: readonly ManifestItem[]): Html {
  const shown = items.slice(0, MOST_ITEMS);
  const left = items.length - shown.length;
  return html`<details><summary>${source}: ${items.length} item(s) with digests</summary>
    <div class="scroll"><table>
      <thead><tr><th>Key</th><th class="number">Size</th><th>SHA-256</th></tr></thead>
      <tbody>${shown.map(({ key, size: bytes, sha256 }) => html`<tr><td class="key mono">${key}</td><td class="number">${size(bytes)}</td><td class="digest mono">${sha256}</td></tr>`)}</tbody>
    </table></div>
    ${left > 0 && html`<p class="quiet">… and ${left} more; the manifest lists them all.</p>`}
  </details>`;
}

function sum(items: readonly ManifestItem[]): number {
  return items.reduce((total, item) => total + item.size, 0);
}

/** `12.4 kB`, decimal units. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}
