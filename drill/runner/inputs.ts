import { DispatchError } from "./errors.ts";
import { evaluate, evaluateString, type Scope, type Value } from "./expressions.ts";
import type { InputDefinition, Trigger } from "./workflow.ts";

/**
 * The inputs of a manual dispatch, checked as GitHub checks them.
 * https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */

/** GitHub's limit for the whole payload of inputs. */
const MAX_INPUT_CHARACTERS = 65_535;

export interface DispatchInputs {
  /** The `inputs` context: booleans and numbers keep their type. */
  typed: Record<string, Value>;
  /** `github.event.inputs`: everything is text. */
  text: Record<string, string>;
}

/**
 * Checks and completes the inputs given to a `workflow_dispatch`.
 * @throws DispatchError for unknown, missing, too many or ill-typed inputs.
 */
export function dispatchInputs(trigger: Trigger, given: Readonly<Record<string, string>>): DispatchInputs {
  const names = new Map([...trigger.inputs.keys()].map((name) => [name.toLowerCase(), name]));
  const unexpected = Object.keys(given).filter((name) => !names.has(name.toLowerCase()));
  if (unexpected.length > 0)
    throw new DispatchError(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const size = Object.entries(given).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > MAX_INPUT_CHARACTERS) throw new DispatchError("inputs are too large.");

  const result: DispatchInputs = { typed: {}, text: {} };
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, definition] of trigger.inputs) {
    const text = completed(name, definition, values.get(name.toLowerCase()));
    result.text[name] = text;
    result.typed[name] = typed(definition, text);
  }
  return result;
}

function completed(name: string, definition: InputDefinition, given: string | undefined): string {
  const fallback = definition.default === null ? "" : evaluateString(definition.default, NO_EXPRESSIONS);
  const text = given ?? fallback;
  if (text === "") {
    if (definition.required) throw new DispatchError(`Required input '${name}' not provided`);
    return definition.type === "boolean" ? "false" : "";
  }
  if (definition.type === "choice" && !definition.options.includes(text)) {
    throw new DispatchError(`Provided value '${text}' for input '${name}' not in the list of allowed values`);
  }
  if (definition.type === "boolean" && text !== "true" && text !== "false") {
    throw new DispatchError(`Provided value '${text}' for input '${name}' is not a boolean`);
  }
  if (definition.type === "number" && !isNumeric(text)) {
    throw new DispatchError(`Provided value '${text}' for input '${name}' is not a number`);
  }
  return text;
}

function typed(definition: InputDefinition, text: string): Value {
  if (definition.type === "boolean") return text === "true";
  return definition.type === "number" && text !== "" ? Number(text) : text;
}

/**
 * The `inputs` context of a called workflow: values of the caller's `with`, defaults for the rest, cast to the
 * declared type. Unknown and missing inputs are found when the file is loaded.
 * @throws Error in GitHub's wording when a value does not fit its type.
 */
export function callInputs(
  trigger: Trigger,
  given: Readonly<Record<string, Value>>,
  scope: Scope,
): Record<string, Value> {
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const inputs: Record<string, Value> = {};
  for (const [name, definition] of trigger.inputs) {
    const fallback = definition.default === null ? null : evaluate(definition.default, scope);
    inputs[name] = castCallInput(name, definition.type, values.get(name.toLowerCase()) ?? fallback);
  }
  return inputs;
}

function castCallInput(name: string, type: InputDefinition["type"], value: Value): Value {
  if (type === "boolean") {
    if (value === null) return false;
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw new Error(`The value of input '${name}' is not a boolean`);
  }
  if (type === "number") {
    if (value === null) return 0;
    if (typeof value === "number") return value;
    if (typeof value === "string" && isNumeric(value)) return Number(value);
    throw new Error(`The value of input '${name}' is not a number`);
  }
  return value === null ? "" : String(value);
}

function isNumeric(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** Defaults of `workflow_dispatch` inputs may hold no expression. */
const NO_EXPRESSIONS: Scope = { file: "", contexts: {}, functions: {} };
