/**
 * Cuts GitHub's OpenAPI description down to the operations that the drill simulates.
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz     (in a folder elsewhere)
 *   node scripts/slice-openapi.ts package/generated/api.github.com.json [drill/github/openapi.json]
 *
 * The result is plain JSON Schema (draft 7) for ajv: `nullable` is rewritten into a type union, prose and examples
 * are dropped, parameters are inlined, and only the component schemas that something refers to are kept.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "../drill/github/permissions.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const METHODS = ["get", "post", "put", "patch", "delete"];
/** Schema keywords that say nothing to a validator. */
const PROSE = new Set([
  "discriminator",
  "description",
  "example",
  "examples",
  "title",
  "deprecated",
  "externalDocs",
]);

/** Where the description is stricter than the service that it describes: operationId → mended request body. */
const CORRECTIONS: Record<string, JsonObject> = {
  // The same page says "You can pass an empty array to remove all labels" and "a single label as a string or an
  // array of labels directly": https://docs.github.com/rest/issues/labels#set-labels-for-an-issue
  "issues/set-labels": labelsBody(0),
  // "You can also pass an array of labels directly": https://docs.github.com/rest/issues/labels#add-labels-to-an-issue
  "issues/add-labels": labelsBody(1),
  // Takes `can_admins_bypass` too, which GitHub's own pages and Terraform's provider set with it:
  // https://github.com/google/go-github/blob/master/github/repos_environments.go
  "repos/create-or-update-environment": {
    type: ["object", "null"],
    properties: {
      wait_timer: schemaRef("wait-timer"),
      prevent_self_review: schemaRef("prevent-self-review"),
      can_admins_bypass: { type: "boolean" },
      reviewers: {
        type: ["array", "null"],
        items: {
          type: "object",
          properties: { type: schemaRef("deployment-reviewer-type"), id: { type: "integer" } },
        },
      },
      deployment_branch_policy: schemaRef("deployment-branch-policy-settings"),
    },
    additionalProperties: false,
  },
};

/** Query parameters that take more than their schema says. */
const PLAIN_TEXT = new Set([
  // The schema asks for a date-time; the page takes "the date search syntax", ranges such as `2026-01-01..*` too:
  // https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
  "created",
]);

function labelsBody(minItems: number): JsonObject {
  const item = { anyOf: [{ type: "string" }, objectWith("name", { type: "string" })] };
  const list = { type: "array", minItems, items: item };
  return { anyOf: [objectWith("labels", list), list] };
}

function schemaRef(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

function objectWith(name: string, schema: Json): JsonObject {
  return { type: "object", required: [name], properties: { [name]: schema } };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function child(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

/** One OpenAPI 3.0 schema as JSON Schema: prose gone, `nullable` as a union with null. */
function toJsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (!isObject(schema)) return schema;
  const { nullable, ...rest } = schema;
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(rest)) {
    if (PROSE.has(key) || key.startsWith("x-")) continue;
    if (key === "properties" && isObject(value)) {
      out[key] = Object.fromEntries(Object.entries(value).map(([name, sub]) => [name, toJsonSchema(sub)]));
    } else if (key === "enum" || key === "default" || key === "required") {
      out[key] = value;
    } else {
      out[key] = toJsonSchema(value);
    }
  }
  return nullable === true ? orNull(out) : out;
}

function orNull(schema: JsonObject): JsonObject {
  if (typeof schema.type !== "string") return { anyOf: [schema, { type: "null" }] };
  const widened: JsonObject = { ...schema, type: [schema.type, "null"] };
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) widened.enum = [...schema.enum, null];
  return widened;
}

function deref(root: JsonObject, value: Json): JsonObject {
  const ref = child(value, "$ref");
  const found = typeof ref === "string" ? child(root, ...ref.slice(2).split("/")) : value;
  if (!isObject(found)) throw new Error(`Cannot resolve ${JSON.stringify(value)}`);
  return found;
}

function sliceParameters(root: JsonObject, operation: JsonObject): Json[] {
  const parameters = Array.isArray(operation.parameters) ? operation.parameters : [];
  return parameters.map((entry) => {
    const { name, in: place, required, schema } = deref(root, entry);
    return {
      name: name ?? "",
      in: place ?? "",
      required: required ?? false,
      schema: PLAIN_TEXT.has(String(name)) ? { type: "string" } : toJsonSchema(schema ?? {}),
    };
  });
}

function sliceResponses(root: JsonObject, operation: JsonObject): JsonObject {
  const responses = isObject(operation.responses) ? operation.responses : {};
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const content = child(deref(root, response), "content");
      const json = child(content, "application/json") ?? child(content, "application/scim+json");
      return [status, orEither(status, toJsonSchema(child(json, "schema") ?? null))];
    }),
  );
}

/** An error that has to be exactly one of two shapes of which each allows everything that the other does could be none. */
function orEither(status: string, schema: Json): Json {
  if (!isObject(schema) || schema.oneOf === undefined || Number(status) < 400) return schema;
  const { oneOf, ...rest } = schema;
  return { ...rest, anyOf: oneOf };
}

function sliceOperation(root: JsonObject, method: string, path: string, operation: JsonObject): JsonObject {
  const id = String(operation.operationId);
  const body = child(operation, "requestBody", "content", "application/json", "schema");
  return {
    method: method.toUpperCase(),
    path,
    docs: child(operation, "externalDocs", "url") ?? "https://docs.github.com/rest",
    parameters: sliceParameters(root, operation),
    bodyRequired: child(operation, "requestBody", "required") === true,
    body: CORRECTIONS[id] ?? toJsonSchema(body ?? null),
    responses: sliceResponses(root, operation),
  };
}

function collectRefs(value: Json, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collectRefs(item, into);
  if (!isObject(value)) return;
  const prefix = "#/components/schemas/";
  if (typeof value.$ref === "string" && value.$ref.startsWith(prefix))
    into.add(value.$ref.slice(prefix.length));
  for (const item of Object.values(value)) collectRefs(item, into);
}

function neededSchemas(root: JsonObject, operations: Json): JsonObject {
  const names = new Set(["basic-error", "validation-error"]);
  collectRefs(operations, names);
  const schemas: JsonObject = {};
  for (const name of names) {
    // A Set's iteration also visits what is added on the way, so this reaches everything transitively.
    const schema = toJsonSchema(child(root, "components", "schemas", name) ?? {});
    schemas[name] = schema;
    collectRefs(schema, names);
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Slices a parsed OpenAPI description; throws when an operation that the simulator names is not in it. */
export function sliceOpenApi(root: JsonObject, wanted: readonly string[]): JsonObject {
  const operations: JsonObject = {};
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {})) {
    for (const method of METHODS) {
      const operation = child(item, method);
      if (isObject(operation) && wanted.includes(String(operation.operationId))) {
        operations[String(operation.operationId)] = sliceOperation(root, method, path, operation);
      }
    }
  }
  const missing = wanted.filter((id) => !(id in operations));
  if (missing.length > 0) throw new Error(`Not in the description: ${missing.join(", ")}`);
  return {
    source: `@octokit/openapi ${String(child(root, "info", "version"))}, api.github.com`,
    operations,
    components: { schemas: neededSchemas(root, operations) },
  };
}

if (import.meta.main) {
  const [source, target = fileURLToPath(new URL("../drill/github/openapi.json", import.meta.url))] =
    process.argv.slice(2);
  if (source === undefined)
    throw new Error("Usage: node scripts/slice-openapi.ts <description.json> [target]");
  const slice = sliceOpenApi(JSON.parse(readFileSync(source, "utf8")), Object.keys(PERMISSIONS));
  writeFileSync(target, `${JSON.stringify(slice, null, 1)}\n`);
  process.stdout.write(`${target}: ${Object.keys(PERMISSIONS).length} operations\n`);
}
