import { html } from "../evidence/index-page/html.ts";
import type { Message } from "./message.ts";

/** The same message as plain text and as HTML. Pure. */

/** SNS takes fewer than 100 characters (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
const LONGEST_SUBJECT = 99;

export function plainText({ subject, opening, sections, links }: Message): string {
  return [
    subject,
    ...opening,
    ...sections
      .filter(({ lines }) => lines.length > 0)
      .map(({ title, lines }) => [`${title}:`, ...lines.map((line) => `- ${line}`)].join("\n")),
    ...links.map(({ title, url }) => `${title}: ${url}`),
  ].join("\n\n");
}

export function htmlText({ subject, opening, sections, links }: Message): string {
  const parts = sections
    .filter(({ lines }) => lines.length > 0)
    .map(
      ({ title, lines }) => html`<h2>${title}</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`,
    );
  const linked = links.map(({ title, url }) => html`<p>${title}: <a href="${url}">${url}</a></p>`);
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head><body><h1>${subject}</h1>${opening.map((line) => html`<p>${line}</p>`)}${parts}${linked}</body></html>`
    .html;
}

/** The subject in ASCII, in which both SNS and SES take it as it is; what ASCII has not becomes `?`. */
export function asciiSubject({ subject }: Message): string {
  const ascii = subject
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "?");
  return ascii.length > LONGEST_SUBJECT ? `${ascii.slice(0, LONGEST_SUBJECT - 3)}...` : ascii;
}
