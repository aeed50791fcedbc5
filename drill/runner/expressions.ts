import { data, Evaluator, ExpressionEvaluationError, Lexer, Parser } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { type Token, TokenType } from "@actions/expressions/lexer";
import { truthy } from "@actions/expressions/result";
import { ensureStatusFunction } from "@actions/workflow-parser/model/converter/if-condition";
import { splitAllowedContext } from "@actions/workflow-parser/templates/allowed-context";
import type { BasicExpressionToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from "@actions/workflow-parser/templates/tokens/type-guards";
import { messageOf, positionOf, WorkflowError } from "./errors.ts";
import { mappingEntries, sequenceItems } from "./tokens.ts";

/** Evaluation of the parser's tokens with GitHub's own expression engine. */

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** What an expression sees: contexts by name, functions by lower-case name, and the file for error messages. */
export interface Scope {
  file: string;
  contexts: Readonly<Record<string, data.ExpressionData>>;
  functions: Readonly<Record<string, FunctionDefinition>>;
}

/** A JavaScript value as the expression engine's data. `undefined` members are left out. */
export function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;
}

function toValue(value: data.ExpressionData): Value {
  return JSON.parse(JSON.stringify(value, data.replacer)) as Value;
}

/**
 * The token's value with every expression evaluated.
 * @throws WorkflowError with the token's line and column when an expression cannot be evaluated.
 */
export function evaluate(token: TemplateToken, scope: Scope): Value {
  if (isBasicExpression(token)) return toValue(evaluateExpression(token, scope));
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return sequenceItems(token).map((item) => evaluate(item, scope));
  if (isMapping(token)) {
    return Object.fromEntries(
      mappingEntries(token).map(({ keyToken, value }) => [
        evaluateString(keyToken, scope),
        evaluate(value, scope),
      ]),
    );
  }
  return null;
}

/** The token's value as text: null is empty, booleans and numbers are written out, collections are refused. */
export function evaluateString(token: TemplateToken, scope: Scope): string {
  return textOf(evaluate(token, scope), token, scope.file);
}

/** Text or null for an absent token. */
export function evaluateOptional(token: TemplateToken | null, scope: Scope): string | null {
  return token === null ? null : evaluateString(token, scope);
}

/** The token as a mapping of texts, as `env`, `with` and `outputs` are; empty for an absent token. */
export function evaluateStringMap(token: TemplateToken | null, scope: Scope): Record<string, string> {
  if (token === null) return {};
  if (!isBasicExpression(token)) {
    return Object.fromEntries(
      mappingEntries(token).map(({ keyToken, value }) => [
        evaluateString(keyToken, scope),
        evaluateString(value, scope),
      ]),
    );
  }
  const value = evaluate(token, scope);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw problem(token, scope.file, "A mapping was expected");
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, textOf(item, token, scope.file)]),
  );
}

/** The token as a boolean, taking the strings `true` and `false` as GitHub does. */
export function evaluateBoolean(token: TemplateToken | null, scope: Scope, fallback: boolean): boolean {
  if (token === null) return fallback;
  const value = evaluate(token, scope);
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  if (value === "false") return false;
  throw problem(token, scope.file, `Unexpected value '${String(value)}', a boolean was expected`);
}

/** The token as a number; `fallback` for an absent token. */
export function evaluateNumber(token: TemplateToken | null, scope: Scope, fallback: number): number {
  if (token === null) return fallback;
  const value = evaluate(token, scope);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw problem(token, scope.file, `Unexpected value '${String(value)}', a number was expected`);
}

/**
 * An `if` condition: with or without `${{ }}`, and with the implicit `success()` when it names no status function.
 * An absent or empty condition is `success()`.
 */
export function evaluateCondition(token: TemplateToken | null, scope: Scope): boolean {
  const text = token === null ? "" : conditionText(token);
  const condition = text === "" ? "success()" : ensureStatusFunction(text, token?.definitionInfo);
  return evaluateText(condition, token, scope);
}

/** A `post-if` condition: taken as it stands, `always()` when absent. */
export function evaluatePostCondition(token: TemplateToken | null, scope: Scope): boolean {
  if (token === null) return true;
  return evaluateText(conditionText(token), token, scope);
}

function conditionText(token: TemplateToken): string {
  if (isBasicExpression(token)) return token.expression;
  return isString(token) || isBoolean(token) || isNumber(token) ? String(token.value).trim() : "";
}

function evaluateText(text: string, token: TemplateToken | null, scope: Scope): boolean {
  try {
    return truthy(run(text, ["success(0,MAX)", ...(token?.definitionInfo?.allowedContext ?? [])], scope));
  } catch (error) {
    throw token === null ? error : problem(token, scope.file, messageOf(error));
  }
}

function evaluateExpression(token: BasicExpressionToken, scope: Scope): data.ExpressionData {
  try {
    return run(token.expression, token.definitionInfo?.allowedContext ?? [], scope);
  } catch (error) {
    const cause =
      error instanceof ExpressionEvaluationError && error.cause ? `: ${messageOf(error.cause)}` : "";
    throw problem(
      token,
      scope.file,
      `The expression '${token.expression}' failed: ${messageOf(error)}${cause}`,
    );
  }
}

function run(text: string, allowed: readonly string[], scope: Scope): data.ExpressionData {
  const { namedContexts, functions } = splitAllowedContext([...allowed]);
  const tree = new Parser(tokensOf(text), namedContexts, functions).parse();
  if (tree === undefined) return new data.Null();
  const context = new data.Dictionary();
  for (const name of namedContexts) context.add(name, scope.contexts[name] ?? new data.Null());
  return new Evaluator(tree, context, new Map(Object.entries(scope.functions))).evaluate();
}

/** The lexer mends only the first doubled quote of a string; this mends them all. */
function tokensOf(text: string): Token[] {
  return new Lexer(text)
    .lex()
    .tokens.map((token) =>
      token.type === TokenType.STRING
        ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
        : token,
    );
}

function textOf(value: Value, token: TemplateToken, file: string): string {
  if (value === null) return "";
  if (Array.isArray(value)) throw problem(token, file, "A sequence was not expected");
  if (typeof value === "object") throw problem(token, file, "A mapping was not expected");
  return typeof value === "number" ? new data.NumberData(value).coerceString() : String(value);
}

function problem(token: TemplateToken, file: string, message: string): WorkflowError {
  return new WorkflowError([{ ...positionOf(token, file), message }]);
}
