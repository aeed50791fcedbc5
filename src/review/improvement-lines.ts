import { sha256 } from "../vault/digest.ts";
import { type PlacedLine, placedLines } from "./sections.ts";

/**
 * The lines of a review that ask for an improvement: `- [ ] Alert on new clients (owner: @login, due: 2026-12-24)`, also in
 * a numbered list or a quotation, as GitHub draws boxes there, too. A line with owner or date and no box is one with a
 * problem: whoever wrote it believes that it is tracked. Pure.
 */

export interface ImprovementLine {
  /** Digest of its words, without owner, date and link: these may be mended and the improvement stays the same. */
  id: string;
  /** Ticked: done already, and in need of no issue. */
  done: boolean;
  text: string;
  /** A GitHub login without its @; null where none, or none that could be one, is given. */
  owner: string | null;
  /** YYYY-MM-DD; null where none, or no day of the calendar, is given. */
  due: string | null;
  /** The issue that it has become, as the line says. */
  issue: number | null;
  /** What keeps it from becoming an issue, each as a sentence. */
  problems: string[];
}

const LINE = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\][ \t]+(.*)$/;
const LINK = /[ \t]*→[ \t]*#(\d{1,9})[\s\p{P}]*$/u;
const TRAILER = /\(([^()]*)\)[\s\p{P}]*$/u;
/** https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication */
const LOGIN = /^@?([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))$/;
const LONGEST = 1_000;

/** Those of the last column, which is the one for process improvements. */
export function improvementLines(body: string, columns: readonly string[]): ImprovementLine[] {
  return placedLines(body, columns).flatMap((line) => improvementOf(line, columns) ?? []);
}

/**
 * The review's text with a link behind each of these improvements; nothing else in it changes but how its lines end.
 * @param links the issue of each improvement, by its id.
 */
export function withLinks(
  body: string,
  columns: readonly string[],
  links: ReadonlyMap<string, number>,
): string {
  let changed = false;
  const lines = placedLines(body, columns).map((line) => {
    const found = improvementOf(line, columns);
    const issue = found?.issue === null ? links.get(found.id) : undefined;
    if (issue === undefined) return line.text;
    changed = true;
    return `${line.text.trimEnd()} → #${issue}`;
  });
  return changed ? lines.join("\n") : body;
}

function improvementOf(
  { text, column, code }: PlacedLine,
  columns: readonly string[],
): ImprovementLine | undefined {
  return code || column !== columns.length - 1 ? undefined : parseLine(text);
}

function parseLine(line: string): ImprovementLine | undefined {
  const [, box, rest = line] = LINE.exec(line) ?? [];
  const issue = LINK.exec(rest)?.[1];
  const words = rest.replace(LINK, "").trim();
  const trailer = TRAILER.exec(words);
  const given = new Map(
    (trailer?.[1] ?? "").split(/[,;]/).flatMap((part): [string, string][] => {
      const [, name = "", value = ""] = /^\s*(owner|due)\s*[:=]\s*(.*?)\s*$/i.exec(part) ?? [];
      return name === "" ? [] : [[name.toLowerCase(), value]];
    }),
  );
  if (box === undefined && given.size === 0) return undefined;
  const text = (given.size > 0 && trailer ? words.slice(0, trailer.index) : words).trim();
  const owner = LOGIN.exec(given.get("owner") ?? "")?.[1] ?? null;
  const due = dayOf(given.get("due") ?? "");
  return {
    id: improvementId(text),
    done: box === "x" || box === "X",
    text,
    owner,
    due,
    issue: issue === undefined ? null : Number(issue),
    problems: [
      ...(box === undefined ? ["it is no task: begin its line with - [ ]"] : []),
      ...(/[\p{L}\p{N}]/u.test(text) ? [] : ["it says nothing"]),
      ...(text.length > LONGEST ? [`it is longer than ${LONGEST} characters`] : []),
      ...(owner === null ? [wrong("owner", given.get("owner"), "a GitHub login, like owner: @login")] : []),
      ...(due === null ? [wrong("date", given.get("due"), "a day, like due: 2026-12-24")] : []),
    ],
  };
}

function wrong(what: string, given: string | undefined, write: string): string {
  return given ? `its ${what} is not ${write}` : `it has no ${what}: write ${write}`;
}

function improvementId(text: string): string {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Cf}\s]+/gu, " ")
    .trim();
  return sha256(plain).slice(0, 16);
}

function dayOf(value: string): string | null {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  const exists = moment && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value);
  return exists ? value : null;
}
