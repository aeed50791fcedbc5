import { count } from "../progress.ts";
import { type Html, html } from "./html.ts";

/** A list of which as much is shown as has room: the page stays one that a browser opens at once. */
export class Bounded {
  readonly #rows: Html[] = [];
  readonly #longest: number;
  #room: number;
  #left = 0;

  /** @param longest entries that are shown at the most. @param room characters of HTML that they may have in all. */
  constructor(longest: number, room: number) {
    this.#longest = longest;
    this.#room = room;
  }

  /** Adds an entry, or counts it when there is no room left. Entries are shown in order: none after one left out. */
  add(row: () => Html): void {
    if (this.#left > 0 || this.#rows.length >= this.#longest) {
      this.#left += 1;
      return;
    }
    const made = row();
    this.#room -= made.html.length;
    if (this.#room >= 0) this.#rows.push(made);
    else this.#left += 1;
  }

  get rows(): readonly Html[] {
    return this.#rows;
  }

  get shown(): number {
    return this.#rows.length;
  }

  /** How many entries are not shown. */
  get left(): number {
    return this.#left;
  }

  /** The entries as a list, with what is left out. */
  list(): Html {
    const more =
      this.#left === 0
        ? html``
        : html`<li class="faint">and ${count(this.#left)} more: the manifest names each</li>`;
    return html`<ul>${this.#rows}${more}</ul>`;
  }
}
