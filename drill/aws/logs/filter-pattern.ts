/** The unstructured part of CloudWatch Logs' filter pattern syntax: terms, phrases, `?any` and `-none`. */
import { AwsError, notImplemented } from "../errors.ts";

export type EventFilter = (message: string) => boolean;

/**
 * Compiles a filter pattern; matching is case-sensitive. Patterns for JSON (`{...}`), space-delimited events
 * (`[...]`) and regular expressions (`%...%`) are refused as not implemented.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileFilter(pattern: string): EventFilter {
  const text = pattern.trim();
  if (text === "" || text === '""') return () => true;
  if (/^[{[%]/.test(text)) throw notImplemented(`the filter pattern ${text.slice(0, 1)}...`);
  const required: string[] = [];
  const optional: string[] = [];
  const excluded: string[] = [];
  for (const { kind, term } of terms(text)) {
    if (kind === "?") optional.push(term);
    else if (kind === "-") excluded.push(term);
    else required.push(term);
  }
  return (message) =>
    required.every((term) => message.includes(term)) &&
    !excluded.some((term) => message.includes(term)) &&
    (optional.length === 0 || required.length > 0 || optional.some((term) => message.includes(term)));
}

function* terms(text: string): Generator<{ kind: string; term: string }> {
  const token = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([\w.$-]+))/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) {
      throw new AwsError("InvalidParameterException", "Invalid filter pattern");
    }
    yield { kind: match[1] ?? "", term: (match[2] ?? match[3] ?? "").replaceAll(/\\(.)/g, "$1") };
  }
}
