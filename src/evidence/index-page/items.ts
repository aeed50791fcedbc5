import type { ManifestItems, Tally } from "../item-list.ts";
import { count } from "../progress.ts";
import type { ManifestItem } from "../source-schema.ts";
import { Bounded } from "./bounded.ts";
import { foreign, type Html, html } from "./html.ts";

const SHOWN_OF_A_SOURCE = 1000;
/** Characters of HTML for the items of all sources together. */
const ROOM = 800_000;
const LONGEST_NAME = 1100;

/** The items of every source: the first ones by name, all of them by number. */
export function itemSections(items: ManifestItems, folder: string): Html {
  const tallies = tallied(items);
  const room = Math.floor(ROOM / Math.max(1, tallies.size));
  const lists = new Map([...tallies.keys()].map((source) => [source, new Bounded(SHOWN_OF_A_SOURCE, room)]));
  for (const item of items) lists.get(item.source)?.add(() => row(item, folder));
  return html`${[...lists].map(([source, list]) => section(source, list, tallies.get(source)))}`;
}

/** What there is of every source, in one pass; sources in the order in which they come. */
export function tallied(items: ManifestItems): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { source, size } of items) {
    const tally = tallies.get(source) ?? { items: 0, bytes: 0 };
    tallies.set(source, { items: tally.items + 1, bytes: tally.bytes + size });
  }
  return tallies;
}

function section(source: string, list: Bounded, tally: Tally = { items: 0, bytes: 0 }): Html {
  const rest =
    list.left === 0
      ? html``
      : html`<p class="faint">The first ${count(list.shown)} of ${count(tally.items)}. The other ${count(list.left)} stand in
<code>manifest.json</code>, one line each.</p>`;
  return html`<details><summary>${source}: ${count(tally.items)} items, ${count(tally.bytes)} bytes</summary>
${rest}<div class="scroll"><table class="items"><caption>Items of ${source}, below the capture’s folder</caption>
<thead><tr><th scope="col" class="key">Item, and its SHA-256</th><th scope="col">Comes from</th>
<th scope="col" class="number size">Bytes</th><th scope="col" class="at">Collected (UTC)</th></tr></thead>
<tbody>${list.rows}</tbody></table></div></details>
`;
}

function row({ key, sha256, size, collectedAt, origin, detail }: ManifestItem, folder: string): Html {
  const events =
    typeof detail?.events === "number"
      ? html` <span class="faint">(${count(detail.events)} events)</span>`
      : html``;
  const digest =
    sha256 ?? (detail?.compositeSha256 === undefined ? "none" : `of its parts ${detail.compositeSha256}`);
  const version =
    origin.versionId === undefined
      ? html``
      : html`<br><span class="hash">version ${foreign(origin.versionId, 200)}</span>`;
  return html`<tr><td>${foreign(key.slice(folder.length), LONGEST_NAME)}${events}<br><span class="hash">${digest}</span></td>
<td>${foreign(origin.uri, LONGEST_NAME)}${version}</td><td class="number">${count(size)}</td><td>${moment(collectedAt)}</td></tr>
`;
}

/** A moment in UTC as people read it. */
export function moment(iso: string): string {
  return iso.replace("T", " ").replace(/(\.\d+)?Z$/, "");
}
