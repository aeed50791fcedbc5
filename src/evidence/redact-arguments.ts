import { isSecretName, isSecretValue } from "./secret-signs.ts";

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

/**
 * The arguments of a command without secrets: hidden are the value of a flag or variable whose name looks secret,
 * whether in the same argument or in the next, and every argument that itself looks like a secret. An argument that is
 * a command line of its own (`sh -c`) is looked through word by word.
 */
export function redactArguments(values: readonly unknown[], path: string, hide: Hide): unknown[] {
  let flag: string | undefined;
  return values.map((value, index) => {
    if (typeof value !== "string") return value;
    const at = `${path}[${index}]`;
    const before = flag;
    flag = secretFlag(value);
    const pieces =
      before !== undefined && flag === undefined ? [{ text: value, name: before }] : split(value);
    const rest = pieces.map(({ text, name }) => (name === undefined ? text : "-")).join("");
    if (isSecretValue(rest)) return hide(value, at, null);
    return pieces.map(({ text, name }) => (name === undefined ? text : hide(text, at, name))).join("");
  });
}

function split(argument: string): Piece[] {
  const [, name = "", colon = "", value = ""] = HEADER.exec(argument) ?? [];
  if (isSecretName(name)) return [{ text: `${name}${colon}` }, { text: value, name }];
  let flag: string | undefined;
  return (argument.match(WORDS) ?? []).flatMap((word) => {
    if (word.trim() === "") return [{ text: word }];
    const before = flag;
    flag = secretFlag(word);
    return before !== undefined && flag === undefined ? [{ text: word, name: before }] : splitWord(word);
  });
}

function splitWord(word: string): Piece[] {
  const [, quote = "", name = "", sign = "", value = "", end = ""] = WITH_VALUE.exec(word) ?? [];
  if (!isSecretName(name)) return [{ text: word }];
  return [{ text: `${quote}${name}${sign}` }, { text: value, name }, { text: end }];
}

/** The flag, when what follows it is a secret. */
function secretFlag(word: string): string | undefined {
  return FLAG.test(word) && isSecretName(word) ? word : undefined;
}
