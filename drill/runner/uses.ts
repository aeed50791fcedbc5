import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { type Problem, positionOf } from "./errors.ts";
import type { ReplacementTable } from "./replacements.ts";
import { literalText, mappingEntries } from "./tokens.ts";
import type { UsesReference } from "./workflow.ts";

/** What a `uses` may name: an action of this repository, or a third-party action that has a replacement. */

const REMOTE = /^([\w.-]+\/[\w.-]+(?:\/[^@\s]+)?)@(\S+)$/;
const COMMIT = /^[0-9a-f]{40}$/;

export interface UsesFindings {
  problems: Problem[];
  notes: string[];
}

/** Reads a step's `uses` and checks its `with` against the replacement; null (with a problem) when unsupported. */
export function readUses(
  token: TemplateToken,
  withToken: TemplateToken | undefined,
  file: string,
  table: ReplacementTable,
  findings: UsesFindings,
): UsesReference | null {
  const text = literalText(token) ?? "";
  const position = positionOf(token, file);
  if (text.startsWith("./"))
    return { kind: "local", text, position, path: text.slice(2).replace(/\/+$/, "") };
  const [, name, ref] = REMOTE.exec(text) ?? [];
  if (name === undefined || ref === undefined) {
    const message = `'${text}' is not supported: the runner starts './path' actions and replaced 'owner/repo@ref' actions`;
    findings.problems.push({ ...position, message });
    return null;
  }
  const replacement = table[name.toLowerCase()];
  if (replacement === undefined) {
    const known = Object.keys(table).join(", ");
    findings.problems.push({
      ...position,
      message: `The action '${text}' has no replacement here; known are: ${known}`,
    });
    return null;
  }
  for (const { key, keyToken } of mappingEntries(withToken)) {
    if (key.toLowerCase() in replacement.inputs) continue;
    const message = `The replacement of '${name}' does not support the input '${key}'`;
    findings.problems.push({ ...positionOf(keyToken, file), message });
  }
  if (!COMMIT.test(ref))
    findings.notes.push(`${file}:${position.line}:${position.column}: '${text}' is not pinned to a commit`);
  return { kind: "replaced", text, position, name: name.toLowerCase(), ref };
}
