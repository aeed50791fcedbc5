/**
 * GitHub's own OpenAPI description, sliced: which operation a request means, and whether requests and responses
 * have the shape that GitHub documents.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { GitHubError } from "./errors.ts";
import type { OperationId } from "./permissions.ts";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: object;
}

interface SlicedOperation {
  method: string;
  path: string;
  docs: string;
  parameters: Parameter[];
  bodyRequired: boolean;
  body: object | null;
  responses: Record<string, object | null>;
}

interface Slice {
  source: string;
  operations: Record<OperationId, SlicedOperation>;
  components: { schemas: Record<string, object> };
}

export interface Match {
  operation: OperationId;
  path: Record<string, string>;
}

const SCHEMA_ID = "github";
const SLICE = JSON.parse(readFileSync(new URL("./openapi.json", import.meta.url), "utf8")) as Slice;
const IDS = Object.keys(SLICE.operations) as OperationId[];

/** A path template as a pattern; `{path}` of the contents and `{ref}` of the Git database may hold slashes. */
function pattern(template: string): RegExp {
  const source = template.replaceAll(
    /\{(\w+)\}/g,
    (_, name) => `(?<${name}>${spans(name, template) ? ".*" : "[^/]+"})`,
  );
  return new RegExp(`^${source}/?$`);
}

function spans(name: string, template: string): boolean {
  return name === "path" || (name === "ref" && template.includes("/git/"));
}

const ROUTES = IDS.map((id) => ({ id, pattern: pattern(SLICE.operations[id].path) }))
  // Fixed segments win over parameters: /issues/comments/1 is a comment, not an issue called "comments".
  .sort((a, b) => a.pattern.source.split("(?<").length - b.pattern.source.split("(?<").length);

/**
 * The operation that a method and a path (still percent-encoded) mean; null when none is simulated.
 * Throws URIError for a malformed escape.
 */
export function matchOperation(method: string, path: string): Match | null {
  for (const route of ROUTES) {
    const found = SLICE.operations[route.id].method === method ? route.pattern.exec(path) : null;
    if (found === null) continue;
    const entries = Object.entries(found.groups ?? {}).map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ]);
    return { operation: route.id, path: Object.fromEntries(entries) };
  }
  return null;
}

export function docsOf(operation: OperationId): string {
  return SLICE.operations[operation].docs;
}

/** Validates against the slice. Compiles each schema when it is first needed, once in a process. */
export class OpenApi {
  static readonly #strict = newAjv(false);
  /** Turns the text of paths and queries into numbers and booleans, and fills in defaults. */
  static readonly #coercing = newAjv(true);
  static readonly #compiled = new Map<string, ValidateFunction>();

  /** Typed path and query parameters. Throws 404 for a path and 422 for a query that does not fit. */
  parameters(
    operation: OperationId,
    path: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string>>,
  ): { path: Record<string, string | number>; query: Record<string, unknown> } {
    const typedPath: Record<string, string | number> = { ...path };
    if (this.#wrong(operation, "path", typedPath) !== null) throw new GitHubError(404, "Not Found");
    const typedQuery: Record<string, unknown> = { ...query };
    const wrong = this.#wrong(operation, "query", typedQuery);
    if (wrong !== null) throw invalidRequest(wrong, typedQuery);
    return { path: typedPath, query: typedQuery };
  }

  /** Types `values` in place; what does not fit, or null. */
  #wrong(operation: OperationId, place: "path" | "query", values: object): readonly ErrorObject[] | null {
    const parameters = SLICE.operations[operation].parameters.filter((parameter) => parameter.in === place);
    const validate = this.#compile(`${operation} ${place}`, () =>
      OpenApi.#coercing.compile({
        type: "object",
        required: parameters.filter(({ required }) => required).map(({ name }) => name),
        properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, fromSlice(schema)])),
      }),
    );
    return validate(values) ? null : (validate.errors ?? []);
  }

  /** Throws 422 as GitHub does when the body does not fit; `undefined` is no body. */
  body(operation: OperationId, body: unknown): void {
    const { body: schema, bodyRequired } = SLICE.operations[operation];
    if (schema === null || (body === undefined && !bodyRequired)) return;
    const validate = this.#compile(`${operation} body`, () =>
      OpenApi.#strict.compile({ $ref: pointer("operations", operation, "body") }),
    );
    const value = body ?? {};
    if (!validate(value)) throw invalidRequest(validate.errors ?? [], value);
  }

  /** What is wrong with a response; null when it is as GitHub describes it. `json` undefined: no body. */
  responseProblem(operation: OperationId, status: number, json: unknown): string | null {
    const schema = SLICE.operations[operation].responses[status];
    if (schema === undefined && status < 400) return `${operation} has no response ${status}`;
    if (schema === null) return json === undefined ? null : `${operation} ${status} has no body`;
    const where =
      schema === undefined
        ? pointer("components", "schemas", "basic-error")
        : pointer("operations", operation, "responses", String(status));
    const validate = this.#compile(where, () => OpenApi.#strict.compile({ $ref: where }));
    if (validate(json)) return null;
    return `${operation} ${status}: ${OpenApi.#strict.errorsText(validate.errors, { dataVar: "body" })}`;
  }

  #compile(key: string, make: () => ValidateFunction): ValidateFunction {
    const known = OpenApi.#compiled.get(key);
    if (known !== undefined) return known;
    const made = make();
    OpenApi.#compiled.set(key, made);
    return made;
  }
}

/** A schema of the slice on its own: what it refers to is still in there. */
function fromSlice(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${SCHEMA_ID}#/components/`));
}

function pointer(...path: string[]): string {
  const escaped = path.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
  return `${SCHEMA_ID}#/${escaped.join("/")}`;
}

function newAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: false, coerceTypes, useDefaults: coerceTypes });
  formats.default(ajv);
  ajv.addFormat("repo.nwo", /^[^/]+\/[^/]+$/);
  ajv.addSchema({ $id: SCHEMA_ID, ...SLICE });
  return ajv;
}

/** GitHub's wording for a request that does not fit the description. */
function invalidRequest(errors: readonly ErrorObject[], value: unknown): GitHubError {
  const [error] = errors;
  if (error?.keyword === "required") {
    return new GitHubError(422, `Invalid request.\n\n"${error.params.missingProperty}" wasn't supplied.`);
  }
  const path = error?.instancePath ?? "";
  const shown = JSON.stringify(valueAt(value, path)) ?? "undefined";
  const short = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  const why =
    error?.keyword === "type" ? `is not of type \`${error.params.type}\`` : (error?.message ?? "is invalid");
  return new GitHubError(422, `Invalid property ${path || "/"}: \`${short}\` ${why}.`);
}

function valueAt(value: unknown, path: string): unknown {
  const step = (at: unknown, key: string): unknown =>
    typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return path.split("/").slice(1).reduce(step, value);
}
