import { isSecretName, isSecretValue, opaqueQuery } from "./secret-signs.ts";

/** Takes a secret out of a document and gives what stands there instead. */
export type Hide = (value: string, path: string, name: string | null) => string;

/** A part of an argument; with a name, it is the secret that goes by it. */
interface Piece {
  text: string;
  name?: string;
}

const FLAG = /^--?[a-z][\w.-]*$/i;
/** A flag or variable with its value in one word: `--password=x`, `DB_PASS=x`, `"Authorization: x"`. */
const WITH_VALUE = /^(["']?)(-{0,2}[a-z_][\w.-]*)(\s*[=:]\s*["']?)(.+?)(["']?)$/is;
/** A header as an argument of its own. */
const HEADER = /^([a-z][\w-]*)(:\s+)(.+)$/is;
/** The words of a command line and what lies between them; what stands in quotes is one word. */
const WORDS = /(?:"[^"]*"|'[^']*'|[^\s"']|["'])+|\s+/g;

/** Flags that take a user and their password: curl's, and others after it. */
const USER_FLAG = /^(-u|-U|--user|--proxy-user)$/;
/** The same in one word: `-uname:password`, `--user=name:password`. */
const USER_WITH_VALUE = /^(-u|-U|--(?:proxy-)?user=)(?=.)(.+)$/s;
/** A name, a colon, a password; no URL, and no ids of a user and a group. */
const USER_AND_PASSWORD = /^["']?(?!\d+:\d+["']?$)[^\s:/"']+:(?!\/\/)\S+$/;
/** A password directly behind `-p`, as the clients of MySQL and 7-Zip take it. */
const ATTACHED_PASSWORD = /^(-p)([^\s=]{2,})$/;
/** Programs whose `-p…` is nothing else, even when it reads like a word. */
const TAKES_PASSWORD = /(^|[/\s;|&])(mysql\w*|mariadb[\w-]*|sshpass|7z[ar]?)(\s|$)/i;
/** What else `-p` begins: a port or a mapping of ports, a path, another flag in letters alone. */
const NO_PASSWORD = /^([\d.:-]+(\/(tcp|udp))?|[./~$].*|[a-z-]+)$/i;

/**
 * The arguments of a command without secrets: hidden are the value of a flag or variable whose name looks secret,
 * whether in the same argument or in the next; `user:password` behind `-u`, and a password directly behind `-p`; the
 * query of a URL; and every argument that itself looks like a secret. An argument that is a command line of its own
 * (`sh -c`) is looked through word by word.
 */
export function redactArguments(values: readonly unknown[], path: string, hide: Hide): unknown[] {
  const isClient = TAKES_PASSWORD.test(values.filter((value) => typeof value === "string").join(" "));
  let before: string | undefined;
  return values.map((value, index) => {
    if (typeof value !== "string") return value;
    const at = `${path}[${index}]`;
    const pieces = following(before, value) ?? split(value, isClient);
    before = value;
    const rest = pieces.map(({ text, name }) => (name === undefined ? text : "-")).join("");
    if (isSecretValue(rest)) return hide(value, at, null);
    return pieces.map(({ text, name }) => (name === undefined ? text : hide(text, at, name))).join("");
  });
}

/** A word that is a secret because of the flag before it. */
function following(before: string | undefined, word: string): Piece[] | undefined {
  if (before === undefined) return undefined;
  if (isSecretFlag(before) && !isSecretFlag(word)) return [{ text: word, name: before }];
  if (USER_FLAG.test(before) && USER_AND_PASSWORD.test(word))
    return [{ text: word, name: `${before} (user and password)` }];
  return undefined;
}

function split(argument: string, isClient: boolean): Piece[] {
  const [, name = "", colon = "", value = ""] = HEADER.exec(argument) ?? [];
  if (isSecretName(name)) return [{ text: `${name}${colon}` }, { text: value, name }];
  let before: string | undefined;
  return (argument.match(WORDS) ?? []).flatMap((word) => {
    if (word.trim() === "") return [{ text: word }];
    const pieces = following(before, word) ?? splitWord(word, isClient);
    before = word;
    return pieces;
  });
}

function splitWord(word: string, isClient: boolean): Piece[] {
  const [, quote = "", name = "", sign = "", value = "", end = ""] = WITH_VALUE.exec(word) ?? [];
  if (isSecretName(name)) return [{ text: `${quote}${name}${sign}` }, { text: value, name }, { text: end }];
  const [, user = "", pair = ""] = USER_WITH_VALUE.exec(word) ?? [];
  if (USER_AND_PASSWORD.test(pair))
    return [{ text: user }, { text: pair, name: `${user} (user and password)` }];
  const [, flag = "", password = ""] = ATTACHED_PASSWORD.exec(word) ?? [];
  if (password !== "" && (isClient || !NO_PASSWORD.test(password)))
    return [{ text: flag }, { text: password, name: `${flag} (password)` }];
  const url = opaqueQuery(word);
  if (url) return [{ text: url.before }, { text: url.query, name: "query" }, { text: url.after }];
  return [{ text: word }];
}

/** Whether what follows is a secret. */
function isSecretFlag(word: string): boolean {
  return FLAG.test(word) && isSecretName(word);
}
