import type { EntryData, LedgerEntry } from "./entries.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "./markdown.ts";
import { viewsOf } from "./mcps.ts";
import { ofKind } from "./state.ts";

/** What of the evidence is still waited for, as the ledger has it. */

type Awaited = NonNullable<EntryData<"capture-sealed">["awaited"]>[number];
type Request = EntryData<"evidence-requested">;

const REQUEST_SHOWN = 4_000;

/** The requests to people that nobody has answered yet, each as an open item with the words to send. */
export function openRequests(entries: readonly LedgerEntry[], text = REQUEST_SHOWN): string[] {
  return viewsOf(entries)
    .flatMap((view) => unsettled(view.entries))
    .flatMap((request) => {
      if (request.text === null) return [];
      const words = codeBlock(request.text, Math.min(text, REQUEST_SHOWN)).replaceAll(/^/gm, "  ");
      const line = `- Ask **${escapeMarkdown(request.of)}** for ${codeSpan(request.what)}, until ${minute(request.deadline)}:`;
      return [`${line}\n\n  <details><summary>the words to send</summary>\n\n${words}\n\n  </details>`];
    });
}

/** The section on what arrives later, and until when it is looked for; empty when nothing is waited for. */
export function awaitedSection(entries: readonly LedgerEntry[]): string {
  const views = viewsOf(entries).map((view) => view.entries);
  const lines = [...views.flatMap(lateLines), ...views.flatMap(requestLines)];
  return lines.length === 0 ? "" : ["### Evidence that is still awaited", ...lines].join("\n");
}

function lateLines(view: readonly LedgerEntry[]): string[] {
  const requests = unsettled(view);
  const asked = new Set(requests.filter(({ text }) => text !== null).map(({ source }) => source));
  return awaitedSources(view)
    .filter(({ awaited }) => !asked.has(awaited.source))
    .map(({ capture, awaited }) => lateLine(capture, awaited));
}

function requestLines(view: readonly LedgerEntry[]): string[] {
  return unsettled(view).map(
    ({ source, what, of, deadline }) =>
      `- **${escapeMarkdown(source)}**: ${codeSpan(what, 200)}, requested from ${escapeMarkdown(of)}, until ${minute(deadline)}`,
  );
}

/**
 * Of each source, what the newest chain of captures that has it says; nothing once the ledger calls it final. A chain
 * is an ordinary capture with what was added to it.
 */
export function awaitedSources(
  entries: readonly LedgerEntry[],
): { capture: string; sealedAt: string; awaited: Awaited }[] {
  const newest = new Map<string, LedgerEntry<"capture-sealed">>();
  const order = ofKind(entries, "capture-sealed").filter(({ data }) => data.supplements === undefined);
  const rank = (seal: LedgerEntry<"capture-sealed">) =>
    order.findIndex(({ data }) => data.capture === chainOf(seal));
  for (const seal of ofKind(entries, "capture-sealed")) {
    for (const { source } of seal.data.sources) {
      const before = newest.get(source);
      if (!before || rank(seal) >= rank(before)) newest.set(source, seal);
    }
  }
  return [...newest].flatMap(([source, seal]) => {
    const awaited = seal.data.awaited?.find((one) => one.source === source);
    return awaited && !isFinal(entries, seal, source)
      ? [{ capture: chainOf(seal), sealedAt: seal.at, awaited }]
      : [];
  });
}

function isFinal(
  entries: readonly LedgerEntry[],
  seal: LedgerEntry<"capture-sealed">,
  source: string,
): boolean {
  return ofKind(entries, "source-final").some(
    ({ data, sequence }) =>
      data.source === source &&
      data.capture === chainOf(seal) &&
      (data.outcome === "complete" || sequence > seal.sequence),
  );
}

function chainOf({ data }: LedgerEntry<"capture-sealed">): string {
  return data.supplements ?? data.capture;
}

function unsettled(entries: readonly LedgerEntry[]): Request[] {
  const settled = new Set(ofKind(entries, "request-settled").map(({ data }) => data.request));
  return ofKind(entries, "evidence-requested")
    .map(({ data }) => data)
    .filter(({ request }) => !settled.has(request));
}

function lateLine(capture: string, { source, what, things, expectedBy, until }: Awaited): string {
  const more = things > 1 ? ` and ${things - 1} more` : "";
  const when = expectedBy === null ? "" : `, expected by ${minute(expectedBy)}`;
  return `- **${escapeMarkdown(source)}** (capture ${codeSpan(capture)}): ${codeSpan(what, 200)}${more}${when}; looked for until ${minute(until)}`;
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
