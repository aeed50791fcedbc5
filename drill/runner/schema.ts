import { readFileSync } from "node:fs";
import { JSONObjectReader } from "@actions/workflow-parser/templates/json-object-reader";
import { TemplateSchema } from "@actions/workflow-parser/templates/schema/index";

/**
 * GitHub's schemas of workflow and action files, as `@actions/workflow-parser` ships them. The package imports
 * them as JSON without the import attribute that Node requires, so its entry point cannot be imported; its inner
 * modules can, and the schemas are read from their files here.
 */

const schemas = new Map<string, TemplateSchema>();

/** The schema that a kind of file must follow. */
export function schemaOf(kind: "workflow" | "action"): TemplateSchema {
  const known = schemas.get(kind);
  if (known) return known;
  const entry = import.meta.resolve("@actions/workflow-parser");
  const json = readFileSync(new URL(`./${kind}-v1.0.min.json`, entry), "utf8");
  const schema = TemplateSchema.load(new JSONObjectReader(undefined, json));
  schemas.set(kind, schema);
  return schema;
}
