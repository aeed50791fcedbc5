import type { MappingToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import {
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from "@actions/workflow-parser/templates/tokens/type-guards";

/** Small readers over the parser's token tree for values that hold no expression. */

export function mappingEntries(
  token: TemplateToken | undefined,
): { key: string; keyToken: TemplateToken; value: TemplateToken }[] {
  if (token === undefined || !isMapping(token)) return [];
  return [...iterate(token)].map((pair) => ({
    key: pair.key.toString(),
    keyToken: pair.key,
    value: pair.value,
  }));
}

function iterate(token: MappingToken): Iterable<{ key: TemplateToken; value: TemplateToken }> {
  return { [Symbol.iterator]: () => token[Symbol.iterator]() };
}

export function fieldsOf(token: TemplateToken | undefined): Map<string, TemplateToken> {
  return new Map(mappingEntries(token).map((entry) => [entry.key, entry.value]));
}

export function sequenceItems(token: TemplateToken | undefined): TemplateToken[] {
  if (token === undefined || !isSequence(token)) return [];
  return [...{ [Symbol.iterator]: () => token[Symbol.iterator]() }];
}

/** The text of a literal scalar; null for anything else. */
export function literalText(token: TemplateToken | undefined): string | null {
  if (token === undefined) return null;
  if (isString(token)) return token.value;
  if (isNumber(token) || isBoolean(token)) return String(token.value);
  return null;
}

/** `needs: a` and `needs: [a, b]` alike. */
export function stringList(token: TemplateToken | undefined): string[] {
  const single = literalText(token);
  if (single !== null) return [single];
  return sequenceItems(token)
    .map(literalText)
    .filter((text): text is string => text !== null);
}
