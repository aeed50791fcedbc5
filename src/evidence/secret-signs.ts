/** By what a secret is recognised: a name's words, a value's form. In doubt a value counts as secret. */

/** Parts of names. `authority` and `privateIPv4Address` are none. */
const SECRET_PART =
  /secret|passw|passphrase|pwd|token|key|cred|signature|auth(?!or(?!i[sz]))|cert|conn(ection)?_?str|dsn|cookie/i;
/** Whole words of names, since they are parts of harmless ones as well. */
const SECRET_WORDS = new Set(["pass", "pat", "pin", "pw", "sas", "sig", "otp", "salt", "jwt", "session"]);

/** Values that are secrets whatever they are called. */
const SECRET_VALUES = [
  // A private key.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // A JSON Web Token.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  // An Entra client secret: 3 characters, a digit, `Q~`, 31 to 34 characters.
  /[\w~.-]{3}\dQ~[\w~.-]{31,34}/,
  // GitHub tokens, Slack tokens.
  /\b(gh[pousr]_\w{30,}|github_pat_\w{30,})/,
  /\bxox[abprs]-[\w-]{10,}/,
  // What HTTP authorises with, in a header or as a value of its own.
  /\bauthorization["']?\s*[:=]?\s*["']?(bearer|basic|token|digest)\s+\S{6,}/i,
  /\bbearer\s+(?=\S*[\d=])[\w.~+/=-]{6,}/i,
  /\bbasic\s+(?=\S*[\d=])[a-z0-9+/]{8,}={0,2}(?![\w-])/i,
  // A password inside a URL, a connection string, or some JSON.
  /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
  /(password|passwd|pwd|secret|accountkey|sharedaccesskey|api[_-]?key|token|[?&]sig)["']?\s*[=:]\s*["']?\S{6,}/i,
];
/** No secret by itself, but what stands beside one. */
const ACCESS_KEY_ID = /\b(AKIA|ASIA)[A-Z0-9]{16}\b/;
/** A reference to a secret holds none. */
const ARN = /^arn:aws[\w-]*:[\w-]+:[\w-]*:\d*:\S+$/;

/** Variables of environments that say how and where something runs. */
const HARMLESS_NAMES = new Set([
  "APP_ENV",
  "APP_NAME",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "ENV",
  "ENVIRONMENT",
  "LANG",
  "LC_ALL",
  "LOG_FORMAT",
  "LOG_LEVEL",
  "LOGLEVEL",
  "NODE_ENV",
  "SERVICE_NAME",
  "STAGE",
  "TZ",
]);
/** What those hold: one short word. */
const PLAIN_WORD = /^[\w./:+-]{1,40}$/;
/** A host by its full name or address: one word alone might be anything. */
const HOST_VALUE = /^(localhost|\[?[\da-f]*:[\da-f:.]+\]?|[\w-]+(\.[\w-]+)+\.?)(:\d{1,5})?$/i;
const BOOLEAN_OR_SMALL_NUMBER = /^(true|false|yes|no|on|off|enabled|disabled|-?\d{1,5})$/i;

/** What AWS writes where it hides a value itself. */
const HIDDEN_BY_AWS = /^(HIDDEN_DUE_TO_SECURITY_REASONS|\*+)?$/;
/** The query of a URL. */
const QUERY = /^(["']?[a-z][a-z0-9+.-]*:\/\/[^\s?#"']*\?)([^\s#"']+)(.*)$/is;

/** Whether nothing is there to hide: the value is empty, or AWS has hidden it already. */
export function isHidden(value: string): boolean {
  return HIDDEN_BY_AWS.test(value);
}

/**
 * A URL around its query, when that may hold a secret: nobody knows by what names a service takes its key, so that only
 * flags and small numbers are none.
 */
export function opaqueQuery(text: string): { before: string; query: string; after: string } | undefined {
  const [, before = "", query = "", after = ""] = QUERY.exec(text) ?? [];
  const opaque = query.split("&").some((part) => {
    const value = part.slice(part.indexOf("=") + 1);
    return part.includes("=") && value !== "" && !BOOLEAN_OR_SMALL_NUMBER.test(value);
  });
  return opaque ? { before, query, after } : undefined;
}

/** Whether the name of a variable, an option or a flag is one that secrets go by. */
export function isSecretName(name: string): boolean {
  return SECRET_PART.test(name) || wordsOf(name).some((word) => SECRET_WORDS.has(word));
}

/** Whether the value itself gives away that it is, or contains, a secret. */
export function isSecretValue(value: string): boolean {
  return !ARN.test(value) && (ACCESS_KEY_ID.test(value) || isSecretText(value));
}

/** Whether a text holds what is a secret whatever it is called: a private key, a token, a password. */
export function isSecretText(value: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(value));
}

/**
 * Whether a variable of an environment may stand in a document as it is. Anything may be called anything, so only what
 * is known to be harmless is: booleans, small numbers, and short words under names that say how and where it runs.
 */
export function isHarmlessVariable(name: string, value: string): boolean {
  if (isHidden(value)) return true;
  if (isSecretName(name) || isSecretValue(value)) return false;
  if (BOOLEAN_OR_SMALL_NUMBER.test(value)) return true;
  if (name.toUpperCase() === "HOST") return HOST_VALUE.test(value);
  return HARMLESS_NAMES.has(name.toUpperCase()) && PLAIN_WORD.test(value);
}

/** `dbPass`, `DB_PASS` and `--db-pass` are all the words `db` and `pass`. */
function wordsOf(name: string): string[] {
  return name.split(/[^a-zA-Z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).map((word) => word.toLowerCase());
}
