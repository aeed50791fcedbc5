import type { Tally } from "../item-list.ts";
import { count } from "../progress.ts";
import type { Gap, ManifestSource } from "../source-schema.ts";
import { Bounded } from "./bounded.ts";
import { foreign, type Html, html } from "./html.ts";
import { moment } from "./items.ts";

const SHOWN = 100;
const ROOM_FOR_GAPS = 20_000;
const ROOM_FOR_PENDING = 10_000;
const LONGEST_TEXT = 600;

const TONES: Readonly<Record<ManifestSource["status"], string>> = {
  complete: "good",
  partial: "bad",
  requested: "warn",
  failed: "bad",
};

/** One row a source: whether all of it is there. */
export function sourceTable(sources: readonly ManifestSource[], tallies: ReadonlyMap<string, Tally>): Html {
  const rows = sources.map(({ source, status, expected, collected, gaps, pending = [] }) => {
    const { items = 0, bytes = 0 } = tallies.get(source) ?? {};
    return html`<tr><th scope="row">${source}</th><td><span class="mark ${TONES[status]}">${status}</span></td>
<td>${numbers(expected)}</td><td>${numbers(collected)}</td><td class="number">${count(items)}</td><td class="number">${count(bytes)}</td>
<td class="number">${count(gaps.length)}</td><td class="number">${count(pending.length)}</td></tr>
`;
  });
  return html`<div class="scroll"><table><caption>How many there should be, counted by another route than the collection, and how many there are</caption>
<thead><tr><th scope="col">Source</th><th scope="col">Status</th><th scope="col">Expected</th><th scope="col">Collected</th>
<th scope="col" class="number">Items</th><th scope="col" class="number">Bytes</th><th scope="col" class="number">Missing</th><th scope="col" class="number">To come</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** What is missing, what is still to come, and how it was counted, source by source and by name. */
export function sourceDetails(sources: readonly ManifestSource[], gaps: readonly Gap[]): Html {
  const whole = gaps.length === 0 ? html`` : html`<h3>The capture as a whole</h3>${missing(gaps)}`;
  return html`${whole}${sources.map(detailsOf)}`;
}

function detailsOf({ source, expected, gaps, pending = [] }: ManifestSource): Html {
  const counted =
    expected.counted === undefined
      ? html``
      : html`<p class="faint">Counted by: ${foreign(String(expected.counted), LONGEST_TEXT)}</p>`;
  if (gaps.length === 0 && pending.length === 0 && expected.counted === undefined) return html``;
  const late = new Bounded(SHOWN, ROOM_FOR_PENDING);
  for (const { what, why, expectedBy } of pending)
    late.add(() => {
      const by = expectedBy === null ? "nobody can say when" : `by ${moment(expectedBy)} UTC`;
      return html`<li>${foreign(what, LONGEST_TEXT)} <span class="faint">(${by}: ${foreign(why, LONGEST_TEXT)})</span></li>`;
    });
  return html`<h3>${source}</h3>${counted}${gaps.length === 0 ? html`` : missing(gaps)}${
    pending.length === 0 ? html`` : html`<p><span class="mark warn">Still to come</span></p>${late.list()}`
  }`;
}

function missing(gaps: readonly Gap[]): Html {
  const list = new Bounded(SHOWN, ROOM_FOR_GAPS);
  for (const { what, why } of gaps)
    list.add(() => html`<li>${foreign(what, LONGEST_TEXT)}: ${foreign(why, LONGEST_TEXT)}</li>`);
  return html`<p><span class="mark bad">Missing</span></p>${list.list()}`;
}

function numbers(counts: ManifestSource["expected"]): Html {
  const lines = Object.entries(counts)
    .filter(([name]) => name !== "counted")
    .map(([name, value]) => {
      const text = typeof value === "number" ? html`${count(value)}` : foreign(value, 120);
      return html`${text} <span class="faint">${foreign(name, 60)}</span><br>`;
    });
  return lines.length === 0 ? html`–` : html`${lines}`;
}
