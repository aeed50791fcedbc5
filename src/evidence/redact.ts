import type { Log } from "../ports.ts";
import { type Fingerprint, Fingerprints } from "./fingerprint.ts";
import { type Hide, redactArguments } from "./redact-arguments.ts";
import { isHarmlessVariable, isHidden, isSecretName, isSecretValue, opaqueQuery } from "./secret-signs.ts";

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
 * not known to be harmless; values in `{ name, value }` pairs and in maps of options whose NAME looks secret, or that
 * are URLs with a query; what in a command is one by name, place or form (`redactArguments`); and any text that looks
 * like a secret. Names stay. A secret that neither its name nor its form gives away stays too, in an option or a label.
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
  const hide: Hide = (value, path, name) => {
    if (isSecretValue(value) || (name !== null && isSecretName(name))) mask(log, value);
    redacted.push({ path, name, fingerprint: fingerprints.of(value) });
    return REDACTED;
  };
  return { document: withoutSecretsOfEcs(document, hide), redacted };
}

/** A copy of a document of ECS in which `hide` stands for each of its secrets. */
export function withoutSecretsOfEcs(document: unknown, hide: Hide): unknown {
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
            : name !== undefined &&
              !isHidden(text) &&
              (isSecretName(name) || opaqueQuery(text) !== undefined);
        return [
          member,
          typeof content === "string" && isSecret(content)
            ? hide(content, at, name ?? null)
            : walk(content, at, member),
        ];
      }),
    );
  };
  return walk(document, "", "");
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
