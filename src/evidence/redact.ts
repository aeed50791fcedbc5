import type { Log } from "../ports.ts";
import { type Fingerprint, Fingerprints } from "./fingerprint.ts";
import { redactArguments } from "./redact-arguments.ts";
import { isHarmlessVariable, isSecretName, isSecretValue } from "./secret-signs.ts";

/** One value that was left out of a document, with enough to recognise it later. */
export interface Redaction {
  /** For example `containerDefinitions[0].environment[3].value`. */
  path: string;
  /** The variable's, option's or flag's name; null when the value itself gave it away. */
  name: string | null;
  fingerprint: Fingerprint;
}

/** Maps from a name to a value, in ECS's documents, whose names are chosen by people. */
const NAMED_MAPS = new Set(["options", "dockerLabels", "tags", "driverOpts", "labels"]);
const REDACTED = "[redacted: see `redacted`]";
const SHORTEST_MASK = 6;

/** Lists of arguments, in ECS's documents: of containers, their health checks, and overrides. */
const ARGUMENTS = new Set(["command", "entryPoint"]);

/**
 * A copy of a document of ECS without secrets, and what was left out of it: every variable of an environment that is
 * not known to be harmless; values in `{ name, value }` pairs and in maps of options whose NAME looks secret; what
 * follows such a name in a command; and any text that looks like a secret. Names stay.
 *
 * What looks secret is masked in the log from here on. The variables that are left out for caution alone are not: a
 * runner would strike out every word that happens to be one.
 */
export function redact(
  document: unknown,
  log: Log,
  fingerprints = new Fingerprints(),
): { document: unknown; redacted: Redaction[] } {
  const redacted: Redaction[] = [];
  const hide = (value: string, path: string, name: string | null): string => {
    if (isSecretValue(value) || (name !== null && isSecretName(name))) mask(log, value);
    redacted.push({ path, name, fingerprint: fingerprints.of(value) });
    return REDACTED;
  };

  const walk = (value: unknown, path: string, key: string): unknown => {
    if (typeof value === "string") return isSecretValue(value) ? hide(value, path, null) : value;
    if (Array.isArray(value)) {
      if (ARGUMENTS.has(key)) return redactArguments(value, path, hide);
      return value.map((entry, index) =>
        walk(entry, `${path}[${index}]`, key === "environment" ? "variable" : ""),
      );
    }
    if (value === null || typeof value !== "object" || value instanceof Date) return value;
    return Object.fromEntries(
      Object.entries(value).map(([member, content]: [string, unknown]) => {
        const at = path === "" ? member : `${path}.${member}`;
        const name = NAMED_MAPS.has(key) ? member : member === "value" ? nameOfPair(value) : undefined;
        const isSecret = (text: string) =>
          key === "variable" && member === "value"
            ? !isHarmlessVariable(name ?? "", text)
            : text !== "" && name !== undefined && isSecretName(name);
        return [
          member,
          typeof content === "string" && isSecret(content)
            ? hide(content, at, name ?? null)
            : walk(content, at, member),
        ];
      }),
    );
  };
  return { document: walk(document, "", ""), redacted };
}

function mask(log: Log, value: string): void {
  if (value.length >= SHORTEST_MASK && !/^\d+(\.\d+)?$/.test(value)) log.mask(value);
}

/** The name in `{ name, value }` or `{ key, value }`. */
function nameOfPair(value: object): string | undefined {
  const { name, key } = value as { name?: unknown; key?: unknown };
  if (typeof name === "string") return name;
  return typeof key === "string" ? key : undefined;
}
