import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { type Problem, positionOf } from "./errors.ts";
import { fieldsOf, literalText, mappingEntries, stringList } from "./tokens.ts";
import type { InputDefinition, Trigger, TriggerFilters } from "./workflow.ts";

/** https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch */
const MAX_DISPATCH_INPUTS = 25;

/** Reads `on`: every event by name, with the inputs, secrets and outputs of the events that declare them. */
export function readTriggers(token: TemplateToken, file: string, problems: Problem[]): Map<string, Trigger> {
  const triggers = new Map<string, Trigger>();
  for (const name of stringList(token)) triggers.set(name, readTrigger(token, undefined, file));
  for (const { key, keyToken, value } of mappingEntries(token)) {
    const trigger = readTrigger(keyToken, value, file);
    triggers.set(key, trigger);
    if (key === "workflow_dispatch" && trigger.inputs.size > MAX_DISPATCH_INPUTS) {
      const message = `you may only define up to ${MAX_DISPATCH_INPUTS} \`inputs\` for a \`workflow_dispatch\` event`;
      problems.push({ ...trigger.position, message });
    }
  }
  return triggers;
}

function readTrigger(at: TemplateToken, definition: TemplateToken | undefined, file: string): Trigger {
  const fields = fieldsOf(definition);
  const secrets = mappingEntries(fields.get("secrets")).map(({ key, value }): [string, boolean] => [
    key,
    literalText(fieldsOf(value).get("required")) === "true",
  ]);
  const outputs = mappingEntries(fields.get("outputs")).flatMap(
    ({ key, value }): [string, TemplateToken][] => {
      const output = fieldsOf(value).get("value");
      return output ? [[key, output]] : [];
    },
  );
  return {
    position: positionOf(at, file),
    inputs: new Map(mappingEntries(fields.get("inputs")).map(({ key, value }) => [key, readInput(value)])),
    secrets: new Map(secrets),
    outputs: new Map(outputs),
    filters: readFilters(fields),
  };
}

function readFilters(fields: ReadonlyMap<string, TemplateToken>): TriggerFilters {
  const list = (name: string) => (fields.has(name) ? stringList(fields.get(name)) : null);
  return {
    types: list("types"),
    branches: list("branches"),
    branchesIgnore: list("branches-ignore"),
    paths: list("paths"),
    pathsIgnore: list("paths-ignore"),
    tags: fields.has("tags") || fields.has("tags-ignore"),
  };
}

const INPUT_TYPES = ["string", "boolean", "choice", "number", "environment"] as const;

function readInput(definition: TemplateToken): InputDefinition {
  const fields = fieldsOf(definition);
  const type = literalText(fields.get("type"));
  return {
    type: INPUT_TYPES.find((known) => known === type) ?? "string",
    required: literalText(fields.get("required")) === "true",
    default: fields.get("default") ?? null,
    options: stringList(fields.get("options")),
  };
}
