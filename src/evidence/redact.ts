import type { Log } from "../ports.ts";
import { type Fingerprint, fingerprint, newSalt } from "./fingerprint.ts";

/** One value that was left out of a document, with enough to recognise it later. */
export interface Redaction {
  /** For example `containerDefinitions[0].environment[3].value`. */
  path: string;
  /** The variable's or option's name; null when the value itself gave it away. */
  name: string | null;
  fingerprint: Fingerprint;
}

/** `privateIPv4Address` and `authority` are not. */
const SECRET_NAME =
  /secret|passw|pwd|token|key|credential|signature|auth(?!or)|cert|conn(ection)?_?str|dsn|(^|_)sas(_|$)/i;

/** Values that are secrets whatever they are called. */
const SECRET_VALUES = [
  // A private key.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // A JSON Web Token.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  // An Entra client secret: 3 characters, a digit, `Q~`, 31 to 34 characters.
  /[\w~.-]{3}\dQ~[\w~.-]{31,34}/,
  // AWS access key ids, GitHub tokens, Slack tokens.
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\b(gh[pousr]_\w{30,}|github_pat_\w{30,})/,
  /\bxox[abprs]-[\w-]{10,}/,
  // A password inside a URL or a connection string.
  /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
  /\b(password|pwd|secret|accountkey|sharedaccesskey|api[_-]?key|token)\s*[=:]\s*\S{6,}/i,
];

/** Maps from a name to a value, in ECS's documents, whose names are chosen by people. */
const NAMED_MAPS = new Set(["options", "dockerLabels", "tags", "driverOpts", "labels"]);
const REDACTED = "[redacted: see `redacted`]";
const SHORTEST_MASK = 6;

/**
 * A copy of a document without secrets. Left out are: values in `{ name, value }` pairs and in maps of options whose
 * NAME looks like a secret's, and any text that looks like a secret. Each is masked in the log from here on.
 */
export function redact(document: unknown, log: Log): { document: unknown; redacted: Redaction[] } {
  const salt = newSalt();
  const known = new Map<string, Fingerprint>();
  const redacted: Redaction[] = [];
  const hide = (value: string, path: string, name: string | null): string => {
    if (value.length >= SHORTEST_MASK && !/^\d+(\.\d+)?$/.test(value)) log.mask(value);
    const print = known.get(value) ?? fingerprint(value, salt);
    known.set(value, print);
    redacted.push({ path, name, fingerprint: print });
    return REDACTED;
  };

  const walk = (value: unknown, path: string, names: boolean): unknown => {
    if (typeof value === "string") return looksSecret(value) ? hide(value, path, null) : value;
    if (Array.isArray(value)) return value.map((entry, index) => walk(entry, `${path}[${index}]`, names));
    if (value === null || typeof value !== "object" || value instanceof Date) return value;
    const pairName = nameOfPair(value);
    return Object.fromEntries(
      Object.entries(value).map(([key, member]: [string, unknown]) => {
        const at = path === "" ? key : `${path}.${key}`;
        const name = key === "value" && pairName !== undefined ? pairName : names ? key : undefined;
        if (typeof member === "string" && member !== "" && name !== undefined && SECRET_NAME.test(name)) {
          return [key, hide(member, at, name)];
        }
        return [key, walk(member, at, NAMED_MAPS.has(key))];
      }),
    );
  };
  return { document: walk(document, "", false), redacted };
}

/** The name in `{ name, value }` or `{ key, value }`. */
function nameOfPair(value: object): string | undefined {
  const { name, key } = value as { name?: unknown; key?: unknown };
  if (typeof name === "string") return name;
  return typeof key === "string" ? key : undefined;
}

function looksSecret(value: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(value));
}
