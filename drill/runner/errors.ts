import { isAbsolute, relative, resolve } from "node:path";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";

/** A place in a workflow or action file; line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

export interface Problem extends Position {
  message: string;
}

/** A workflow or action file that is invalid or uses something the runner does not support. */
export class WorkflowError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`).join("\n"));
    this.name = "WorkflowError";
    this.problems = problems;
  }
}

/** A dispatch that GitHub refuses; the message is GitHub's. */
export class DispatchError extends Error {
  readonly status = 422;

  constructor(message: string) {
    super(message);
    this.name = "DispatchError";
  }
}

/** A file's path as people know it: relative to the repository, as long as it is in there. */
export function shownPath(file: string, root: string): string {
  const path = relative(root, resolve(file));
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

/** Where a token stands. Tokens made by the parser itself carry no range and count as the file's beginning. */
export function positionOf(token: TemplateToken, file: string): Position {
  return { file, line: token.line ?? 1, column: token.col ?? 1 };
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
