/**
 * Workflow commands in a step's output.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

export interface Command {
  name: string;
  properties: Readonly<Record<string, string>>;
  data: string;
}

/** Reads `::name key=value,key=value::data` or `##[name key=value;key=value]data`; null for any other line. */
export function parseCommand(line: string): Command | null {
  return parseColons(line.trimStart()) ?? parseBrackets(line);
}

function parseColons(line: string): Command | null {
  if (!line.startsWith("::")) return null;
  const end = line.indexOf("::", 2);
  if (end === -1) return null;
  const [name, rest] = splitFirst(line.slice(2, end), " ");
  if (name === "") return null;
  const properties = readProperties(rest, ",", (text) =>
    text
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%"),
  );
  const data = line
    .slice(end + 2)
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%25", "%");
  return { name, properties, data };
}

function parseBrackets(line: string): Command | null {
  const start = line.indexOf("##[");
  const end = line.indexOf("]", start);
  if (start === -1 || end === -1) return null;
  const [name, rest] = splitFirst(line.slice(start + 3, end), " ");
  const decode = (text: string) =>
    text
      .replaceAll("%3B", ";")
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%5D", "]")
      .replaceAll("%25", "%");
  if (name === "") return null;
  return { name, properties: readProperties(rest, ";", decode), data: decode(line.slice(end + 1)) };
}

function readProperties(
  text: string,
  separator: string,
  decode: (text: string) => string,
): Record<string, string> {
  const pairs = text
    .split(separator)
    .map((pair) => splitFirst(pair.trim(), "="))
    .filter(([key, value]) => key !== "" && value !== "");
  return Object.fromEntries(pairs.map(([key, value]) => [key, decode(value)]));
}

function splitFirst(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ""] : [text.slice(0, index), text.slice(index + separator.length)];
}
