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

const NAMES =
  "secret|passw(?:or)?d|passwd|passphrase|(?:\\b|_)pass|pwd|creds|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|connection[_-]?string";

/** How Terraform says how far it is with a resource, whose name may say secret. */
const PROGRESS =
  "(?:Creating|Modifying|Destroying|Still \\w+|Refreshing state|Reading|Importing|Provisioning with \\S+)\\.\\.\\.|(?:Creation|Modifications|Destruction|Read|Import) complete";

/**
 * A name that says secret, or the bare name `value`, and everything behind it on the line: there may be an old value and
 * a new one, and both may have spaces.
 */
const ASSIGNED = new RegExp(
  `((?:(?:${NAMES})[\\w.\\]\\-[]*|\\bvalue)["']?\\s*(?:=>|->|=|:)\\s*)(?!${PROGRESS})\\S.*$`,
  "i",
);

/** The same without a sign between: `--client-secret …`, `export ARM_CLIENT_SECRET …`. */
const PASSED = new RegExp(
  `((?:--?[\\w-]*(?:${NAMES})[\\w-]*|\\b[A-Z0-9_]*_(?:SECRET|PASSWORD|TOKEN|KEY))\\s+)\\S.*$`,
);

/** An old value and a new one, whatever their name is. */
const CHANGED = /("(?:[^"\\]|\\.)*"|'[^']*'|\S+)(\s*(?:->|=>)\s*)("(?:[^"\\]|\\.)*"|'[^']*'|\S+)/g;

/** A value of several lines: `<<EOT`, `<<-EOT`, up to a line that holds the word alone. */
const HEREDOC_BEGINS = /<<[-~]?\s*["']?(\w+)["']?\s*$/;

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
  let heredoc: string | undefined;
  return (line) => {
    let text = stripVTControlCharacters(line);
    if (heredoc !== undefined) {
      if (text.replace(/->.*$/, "").trim() === heredoc) heredoc = undefined;
      return HIDDEN;
    }
    heredoc = HEREDOC_BEGINS.exec(text)?.[1];
    const begins = KEY_BEGINS.test(text);
    if (begins || insideKey) {
      insideKey = !KEY_ENDS.test(text);
      return HIDDEN;
    }
    for (const form of forms) text = text.replaceAll(form, HIDDEN);
    for (const pattern of LOOKS_SECRET) text = text.replaceAll(pattern, HIDDEN);
    return text
      .replaceAll(CHANGED, `${HIDDEN}$2${HIDDEN}`)
      .replace(ASSIGNED, `$1${HIDDEN}`)
      .replace(PASSED, `$1${HIDDEN}`);
  };
}
