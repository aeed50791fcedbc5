import { stripVTControlCharacters } from "node:util";

/** What a command prints may hold secrets that nobody knows yet, the new one first of all. */

const HIDDEN = "***";

/** Things that are secrets by their own look. */
const LOOKS_SECRET: readonly RegExp[] = [
  // Microsoft Entra client secrets: three characters, a digit, Q~, and a tail of some thirty more.
  /[\w~.-]{3,}Q~[\w~.-]{20,}/g,
  // AWS access key ids (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // JSON Web Tokens.
  /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  // GitHub tokens.
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})/g,
];

/** A name that says secret, followed by its value; Terraform's progress (`…password.this: Creating...`) is not one. */
const ASSIGNED =
  /((?:secret|passw(?:or)?d|passwd|pwd|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|connection[_-]?string)[\w.\]\-[]*["']?\s*(?:=>|->|=|:)\s*)(?!(?:Creat|Modif|Destr|Still|Refresh|Read|Import|Provision)[a-z]*\b)("(?:[^"\\]|\\.)*"|'[^']*'|\S+)/gi;

const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const KEY_ENDS = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;

/** The forms in which a secret may show up in output: whole, as JSON text, line by line, in base64. */
export function formsOf(secret: string): string[] {
  const lines = secret.split(/\r\n|\r|\n/).filter((line) => line.trim().length >= 8);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...lines,
    Buffer.from(secret).toString("base64"),
  ];
  return [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
}

/**
 * Makes a function that takes one line of output after the other and hides what is secret in it: the `known` values
 * in all their forms, and whatever looks like a secret. Colours and other terminal codes, which could split a value
 * in two, are taken out first.
 */
export function createRedactor(known: readonly string[]): (line: string) => string {
  const forms = known.flatMap(formsOf);
  let insideKey = false;
  return (line) => {
    let text = stripVTControlCharacters(line);
    const begins = KEY_BEGINS.test(text);
    if (begins || insideKey) {
      insideKey = !KEY_ENDS.test(text);
      return HIDDEN;
    }
    for (const form of forms) text = text.replaceAll(form, HIDDEN);
    for (const pattern of LOOKS_SECRET) text = text.replaceAll(pattern, HIDDEN);
    return text.replaceAll(ASSIGNED, `$1${HIDDEN}`);
  };
}
