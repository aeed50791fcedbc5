/**
 * GitHub's Markdown as HTML that is safe to show: raw HTML is text but for a few plain tags, comments are hidden,
 * nothing is loaded from elsewhere.
 */
import { Marked, type Tokens } from "marked";
import { escapeHtml, Html } from "./html.ts";

/** Tags that GitHub keeps and that can do no harm without attributes. */
const PLAIN_TAGS = new Set([
  "details",
  "summary",
  "br",
  "kbd",
  "sub",
  "sup",
  "b",
  "i",
  "em",
  "strong",
  "code",
  "p",
  "ul",
  "ol",
  "li",
]);
const VOID_TAGS = new Set(["br"]);

export interface MarkdownOptions {
  /** Base URL of the simulated github.com, whose links lead nowhere once the drill has ended. */
  serverUrl?: string;
}

/** Renders one Markdown document. What it opens it closes, and it closes nothing that it did not open. */
export function renderMarkdown(source: string, { serverUrl }: MarkdownOptions = {}): Html {
  const marked = new Marked({ gfm: true, breaks: true, async: false });
  marked.use({
    renderer: {
      html: ({ text }: Tokens.HTML | Tokens.Tag) => plainHtml(text),
      link({ href, tokens }: Tokens.Link) {
        return link(href, this.parser.parseInline(tokens), serverUrl);
      },
      blockquote({ tokens }: Tokens.Blockquote) {
        return blockquote(this.parser.parse(tokens));
      },
      image: ({ text }: Tokens.Image) => `<span class="image">[image: ${escapeHtml(text)}]</span>`,
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
        const body = token.rows.map((cells) => row(cells, "td")).join("");
        const head = token.header.some(({ text }) => text !== "")
          ? `<thead>${row(token.header, "th")}</thead>`
          : "";
        return `<div class="scroll"><table>${head}<tbody>${body}</tbody></table></div>`;
      },
    },
  });
  return new Html(balanced(marked.parse(source) as string));
}

/** A quotation, or one of GitHub's alerts: `> [!WARNING]`. */
function blockquote(inner: string): string {
  const [marker, kind = ""] = /^<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br>)?\s*/.exec(inner) ?? [];
  if (marker === undefined) return `<blockquote>${inner}</blockquote>`;
  const title = `${kind[0]}${kind.slice(1).toLowerCase()}`;
  return `<div class="alert ${kind.toLowerCase()}"><strong>${title}</strong><p>${inner.slice(marker.length)}</div>`;
}

function plainHtml(text: string): string {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, "")
    .split(/(<\/?[A-Za-z][^<>]*>)/)
    .map((part, index) => (index % 2 === 1 ? plainTag(part) : escapeText(part)))
    .join("");
}

function plainTag(tag: string): string {
  const [, slash = "", name = "", rest = ""] = /^<(\/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>$/.exec(tag) ?? [];
  const lower = name.toLowerCase();
  if (!PLAIN_TAGS.has(lower)) return escapeHtml(tag);
  return lower === "details" && /^\s+open\b/.test(rest) && slash === ""
    ? "<details open>"
    : `<${slash}${lower}>`;
}

/** Escapes text in which entities may stand already. */
function escapeText(text: string): string {
  return text
    .replace(/&(?!#?\w+;)/g, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function link(href: string, inner: string, serverUrl: string | undefined): string {
  if (serverUrl && href.startsWith(`${serverUrl}/`)) {
    const issue = /\/issues\/(\d+)(?:#.*)?$/.exec(href)?.[1];
    const run = /\/actions\/runs\/(\d+)/.exec(href)?.[1];
    if (issue) return `<a href="#issue-${issue}">${inner}</a>`;
    return run ? `<a href="#run-${run}">${inner}</a>` : `<span class="gone">${inner}</span>`;
  }
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return `<span class="gone">${inner}</span>`;
  return `<a href="${escapeHtml(href)}" rel="noreferrer noopener nofollow">${inner}</a>`;
}

/** Drops closing tags that close nothing and closes what stays open, in the tags that raw HTML may bring. */
function balanced(rendered: string): string {
  const open: string[] = [];
  const text = rendered.replace(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g, (tag, slash: string, name: string) => {
    if (!PLAIN_TAGS.has(name) || VOID_TAGS.has(name)) return tag;
    if (slash === "") {
      open.push(name);
      return tag;
    }
    const at = open.lastIndexOf(name);
    if (at < 0) return "";
    return open
      .splice(at)
      .reverse()
      .map((left) => `</${left}>`)
      .join("");
  });
  return (
    text +
    open
      .reverse()
      .map((name) => `</${name}>`)
      .join("")
  );
}
