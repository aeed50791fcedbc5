import { codeSpan, escapeMarkdown } from "../../incident/markdown.ts";
import { count } from "../progress.ts";
import type { Chain } from "./chain.ts";
import type { Judged } from "./due.ts";

const MISSING_SHOWN = 30;

/** The comment once nothing more is waited for: each source, how complete it ended, and where it is. */
export function finalComment(
  incident: string,
  { first, captures }: Chain,
  judged: readonly Judged[],
): string {
  const complete = judged.every(({ state }) => state === "complete");
  const rows = judged.map(({ source, state, by }) => {
    const outcome = state === "complete" ? "complete" : "**not complete**, given up";
    return `| ${escapeMarkdown(source)} | ${outcome} | ${codeSpan(by.capture)} | ${by.manifest.sealedAt} |`;
  });
  const missing = judged.filter(({ state }) => state === "expired").flatMap((one) => one.missing);
  const added = captures.length - 1;
  return [
    `**Evidence final${complete ? "" : ", incomplete"}:** nothing more is waited for, for capture ${codeSpan(first.capture)} of ${incident}.`,
    "",
    `Window: ${first.manifest.window.from} to ${first.manifest.window.to}. ${added === 0 ? "Nothing was added later." : `${count(added)} ${added === 1 ? "capture was" : "captures were"} added to it.`}`,
    "",
    "| source | ended | last added by capture | sealed |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...(missing.length === 0
      ? []
      : [
          "",
          "Never came:",
          ...missing.slice(0, MISSING_SHOWN).map(({ what, why }) => `- ${codeSpan(what)}: ${codeSpan(why)}`),
        ]),
    ...(missing.length > MISSING_SHOWN
      ? [`- and ${count(missing.length - MISSING_SHOWN)} more, by name in the manifest`]
      : []),
  ].join("\n");
}
