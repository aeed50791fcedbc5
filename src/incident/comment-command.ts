import type { SeverityId } from "../runbook/schema.ts";
import { parseSeverity } from "../runbook/severities.ts";

/** What a comment on an incident's issue asks for. */
export type CommentCommand =
  | { command: "ack"; note: string }
  | { command: "confirm"; step: string; note: string }
  | { command: "severity"; severity: SeverityId; reason: string }
  | { command: "status" };

/** A comment that is meant as a command and cannot be obeyed: what is wrong with it, and how it is written. */
export interface Misspelt {
  problem: string;
  usage: string;
}

const NAMES = ["ack", "confirm", "severity", "status"] as const;
type Name = (typeof NAMES)[number];

const USAGE: Record<Name, string> = {
  ack: "/ack [note]",
  confirm: "/confirm <step> <what was done, by whom and when>",
  severity: "/severity <severity> <reason>",
  status: "/status",
};

/** The grammar of the runbook's ids. */
const STEP = /^[a-z0-9]+(?:[-/][a-z0-9]+)*$/;
const LONGEST_STEP = 130;
const LONGEST_NOTE = 2_000;

/**
 * Reads a comment. A command is the comment's first line, begins in its first column and is the only one of the comment;
 * what follows it, on that line and below, is its note. So nothing in a quotation, a code block, a list or in the middle
 * of a sentence is ever taken for one, nor is a word that only looks like a command's: its letters are ASCII. One in
 * capitals, as telephones begin a sentence, is not obeyed and is answered.
 * @returns null for a comment that is none, which is most of them.
 */
export function readCommand(body: string): CommentCommand | Misspelt | null {
  const [first = "", ...below] = body.split(/\r\n|[\n\r\u2028\u2029]/);
  const match = /^\/([A-Za-z]+)(?:[ \t]+(.*))?$/.exec(first.trimEnd());
  const name = NAMES.find((candidate) => candidate === match?.[1]?.toLowerCase());
  if (!match || name === undefined) return null;
  const wrong = (problem: string): Misspelt => ({ problem, usage: USAGE[name] });
  if (match[1] !== name) return wrong("A command is written in small letters.");
  if (below.some((line) => isCommandLine(line)))
    return wrong("A comment holds one command; this one holds more, and none of them is obeyed.");
  const rest = [match[2] ?? "", ...below].join("\n").trim();
  if (rest.length > LONGEST_NOTE + LONGEST_STEP)
    return wrong(`The note is longer than ${LONGEST_NOTE} characters.`);
  return readers[name](rest, wrong);
}

type Reader = (rest: string, wrong: (problem: string) => Misspelt) => CommentCommand | Misspelt;

const readers: Record<Name, Reader> = {
  ack: (rest) => ({ command: "ack", note: rest }),
  status: (rest, wrong) => (rest === "" ? { command: "status" } : wrong("It takes nothing else.")),
  confirm(rest, wrong) {
    const { word, after } = firstWord(rest);
    if (word === "") return wrong("The step is missing.");
    if (word.length > LONGEST_STEP || !STEP.test(word)) return wrong("That is not the id of a step.");
    if (!saysSomething(after)) return wrong("The note is missing: say what was done, by whom and when.");
    return { command: "confirm", step: word, note: after };
  },
  severity(rest, wrong) {
    const { word, after } = firstWord(rest);
    const severity = parseSeverity(word);
    if (severity === undefined) return wrong("The severity is one of critical, high, medium and low.");
    if (!saysSomething(after)) return wrong("The reason is missing.");
    return { command: "severity", severity, reason: after };
  },
};

function firstWord(text: string): { word: string; after: string } {
  const end = text.search(/\s/);
  return end < 0 ? { word: text, after: "" } : { word: text.slice(0, end), after: text.slice(end).trim() };
}

/** At least one letter or digit of some script: not only blanks, marks or what nobody can see. */
export function saysSomething(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function isCommandLine(line: string): boolean {
  const name = /^\s*\/([a-z]+)(?:\s|$)/.exec(line)?.[1];
  return NAMES.some((candidate) => candidate === name);
}
