import type { Document } from "yaml";
import { isCollection, isMap, isNode, isPair, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";

/** Reads YAML by a zod schema and says of every error where it stands and what to write instead. */

/** One thing that is wrong, or still to be done, at one place of a file. Lines and columns count from 1. */
export interface Problem {
  line: number;
  column: number;
  /** For example `environments.dev.region`. */
  path: string;
  message: string;
  /** What to write instead. */
  write: string;
}

export type Path = readonly (string | number)[];

export interface Finding {
  path: Path;
  message: string;
  write: string;
}

/** The part of a JSON Schema that tells what to write at a path. */
export interface SchemaNode {
  description?: string;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  type?: string;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
}

export interface Located<Value> {
  /** Present when there are no errors. */
  value: Value | undefined;
  errors: Problem[];
  /** Gives a finding about the parsed value its place in the text. */
  locate: (finding: Finding) => Problem;
}

/**
 * Parses `source` as YAML 1.2 and checks it by `schema`. Never throws for what the text says.
 * `jsonSchema` is the same schema as JSON Schema: it supplies the words for what to write.
 */
export function readYaml<Schema extends z.ZodType>(
  source: string,
  schema: Schema,
  jsonSchema: SchemaNode,
): Located<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const at: At = (path, key = false) => place(offsetOf(document, path, key));
  const locate = ({ path, ...finding }: Finding): Problem => ({
    ...at(path),
    path: dotted(path),
    ...finding,
  });
  if (document.errors.length > 0) {
    const errors = document.errors.map((error) => ({
      ...place(error.pos[0]),
      path: "",
      message: error.message,
      write: "valid YAML 1.2, every key once",
    }));
    return { value: undefined, errors, locate };
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias to nothing, or so many of them that the file would grow beyond reason.
    const message = (error as Error).message;
    return { value: undefined, errors: [locate({ path: [], message, write: "the value itself" })], locate };
  }
  const parsed = schema.safeParse(plain);
  if (parsed.success) return { value: parsed.data, errors: [], locate };
  const errors = parsed.error.issues.flatMap((issue) => explain(issue, at, jsonSchema));
  return { value: undefined, errors, locate };
}

/** `file:line:column: path: what is wrong; write …`, one line a problem. */
export function formatProblem(file: string, problem: Problem): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${file}:${problem.line}:${problem.column}: ${path}${problem.message}; write ${problem.write}`;
}

type At = (path: Path, key?: boolean) => { line: number; column: number };

function explain(issue: z.core.$ZodIssue, at: At, root: SchemaNode): Problem[] {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...at([...path, key], true),
      path: dotted([...path, key]),
      message: "unknown key",
      write: `one of ${expectedKeys(root, path).join(", ")}, or remove it`,
    }));
  }
  if (issue.code === "invalid_union") {
    // Of what takes another kind of value altogether there is nothing to say, where something else takes this kind.
    const stray = (errors: readonly { code?: string; path: readonly unknown[] }[]) =>
      errors.some(({ code, path: inner }) => code === "invalid_type" && inner.length === 0) ? 1 : 0;
    const [nearest = []] = [...issue.errors].sort((a, b) => stray(a) - stray(b) || a.length - b.length);
    if (nearest.length > 0) {
      return nearest.flatMap((inner) =>
        explain({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue, at, root),
      );
    }
  }
  return [{ ...at(path), path: dotted(path), message: issue.message, write: whatToWrite(root, path) }];
}

/** Where a path stands in the text; for something missing, where its parent stands. */
function offsetOf(document: Document, path: Path, wantKey: boolean): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [index, step] of path.entries()) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find((item) => isPair(item) && String(item.key) === String(step))
      : undefined;
    const key = pair?.key;
    node = node.get(step, true);
    const last = index === path.length - 1;
    const found = (wantKey && last) || !isNode(node) ? key : node;
    if (!isNode(found)) break;
    offset = found.range?.[0] ?? offset;
  }
  return offset;
}

function dotted(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join("");
}

/** Every branch of the schema that may hold at a path. */
function schemasAt(root: SchemaNode, path: Path): SchemaNode[] {
  let nodes: SchemaNode[] = [root];
  for (const step of path) {
    nodes = nodes.flatMap(branches).flatMap((node) => {
      if (typeof step === "number") return node.items ?? [];
      const property = node.properties?.[step];
      if (property) return property;
      return typeof node.additionalProperties === "object" ? node.additionalProperties : [];
    });
  }
  return nodes;
}

function branches(node: SchemaNode): SchemaNode[] {
  return node.anyOf ?? node.oneOf ?? [node];
}

function expectedKeys(root: SchemaNode, path: Path): string[] {
  const nodes = schemasAt(root, path).flatMap(branches);
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

function whatToWrite(root: SchemaNode, path: Path): string {
  const nodes = schemasAt(root, path);
  const constants = nodes.flatMap((node) => (node.const === undefined ? [] : [String(node.const)]));
  if (constants.length > 1) return `one of ${[...new Set(constants)].join(", ")}`;
  const node = nodes[0];
  if (!node) return "what the schema names";
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum) return `one of ${node.enum.map(String).join(", ")}`;
  const example = node.examples?.[0] === undefined ? "" : `, for example \`${String(node.examples[0])}\``;
  if (node.properties) return `a map with the keys ${Object.keys(node.properties).join(", ")}`;
  return `${node.description ?? (node.type === "string" ? "text" : `a value of type ${node.type ?? "text"}`)}${example}`;
}
