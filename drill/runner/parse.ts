import { ACTION_ROOT } from "@actions/workflow-parser/actions/action-constants";
import {
  TemplateContext,
  TemplateValidationErrors,
} from "@actions/workflow-parser/templates/template-context";
import { readTemplate } from "@actions/workflow-parser/templates/template-reader";
import {
  type LiteralToken,
  StringToken,
  type TemplateToken,
} from "@actions/workflow-parser/templates/tokens/index";
import { isString } from "@actions/workflow-parser/templates/tokens/type-guards";
import { NoOperationTraceWriter } from "@actions/workflow-parser/templates/trace-writer";
import { WORKFLOW_ROOT } from "@actions/workflow-parser/workflows/workflow-constants";
import { YamlObjectReader } from "@actions/workflow-parser/workflows/yaml-object-reader";
import { type Problem, WorkflowError } from "./errors.ts";
import { schemaOf } from "./schema.ts";

/** A file read by GitHub's parser into its token tree. */
export interface ParsedFile {
  context: TemplateContext;
  root: TemplateToken;
}

/**
 * Parses a workflow or action file.
 * @throws WorkflowError with every mistake that the parser finds.
 */
export function parseFile(kind: "workflow" | "action", file: string, content: string): ParsedFile {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    schemaOf(kind),
    new NoOperationTraceWriter(),
  );
  const fileId = context.getFileId(file);
  const reader = new ValueReader(fileId, content);
  for (const error of reader.errors) context.error(fileId, error.message, error.range);
  const root =
    reader.errors.length > 0
      ? undefined
      : readTemplate(context, kind === "workflow" ? WORKFLOW_ROOT : ACTION_ROOT, reader, fileId);
  const problems = problemsIn(context, file);
  if (root === undefined || problems.length > 0) throw new WorkflowError(problems);
  return { context, root };
}

/** The parser's errors so far. */
export function problemsIn(context: TemplateContext, file: string): Problem[] {
  return context.errors.getErrors().map((error) => ({
    file,
    line: error.range?.start.line ?? 1,
    column: error.range?.start.column ?? 1,
    message: error.rawMessage,
  }));
}

/**
 * Reads texts of several lines by their value. The parser would take their source instead, with the indentation
 * and without folding, which is fine for an editor but not for running them.
 */
class ValueReader extends YamlObjectReader {
  override allowLiteral(): LiteralToken | undefined {
    const token = super.allowLiteral();
    if (token === undefined || !isString(token) || token.range?.start.line === token.range?.end.line)
      return token;
    return new StringToken(
      token.file,
      token.range,
      token.value,
      token.definitionInfo,
      undefined,
      token.blockScalarHeader,
    );
  }
}
