import { describe, expect, test } from "@jest/globals";
import { sliceOpenApi } from "../../../scripts/slice-openapi.ts";

const DESCRIPTION = {
  info: { version: "1.2.3" },
  paths: {
    "/things/{id}": {
      get: {
        operationId: "things/get",
        externalDocs: { url: "https://docs.github.com/rest/things" },
        parameters: [{ $ref: "#/components/parameters/id" }],
        responses: {
          200: { content: { "application/json": { schema: { $ref: "#/components/schemas/thing" } } } },
          404: { $ref: "#/components/responses/not_found" },
        },
      },
      delete: { operationId: "things/delete", responses: { 204: { description: "Gone" } } },
    },
  },
  components: {
    parameters: {
      id: { name: "id", in: "path", required: true, schema: { type: "integer" }, description: "x" },
    },
    responses: {
      not_found: {
        content: { "application/json": { schema: { $ref: "#/components/schemas/basic-error" } } },
      },
    },
    schemas: {
      thing: {
        title: "Thing",
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string", description: "prose", example: "e" },
          description: { type: "string", nullable: true, enum: ["a"] },
          parent: { nullable: true, allOf: [{ $ref: "#/components/schemas/thing" }] },
          owner: { $ref: "#/components/schemas/owner" },
        },
      },
      owner: { type: "object", "x-note": 1 },
      unused: { type: "string" },
      "basic-error": { type: "object" },
      "validation-error": { type: "object" },
    },
  },
};

describe("slicing GitHub's OpenAPI description", () => {
  const slice = sliceOpenApi(DESCRIPTION, ["things/get", "things/delete"]);

  test("keeps the named operations, with references to parameters and responses resolved", () => {
    expect(slice.operations).toEqual({
      "things/get": {
        method: "GET",
        path: "/things/{id}",
        docs: "https://docs.github.com/rest/things",
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
        bodyRequired: false,
        body: null,
        responses: {
          200: { $ref: "#/components/schemas/thing" },
          404: { $ref: "#/components/schemas/basic-error" },
        },
      },
      "things/delete": expect.objectContaining({ method: "DELETE", responses: { 204: null } }),
    });
    expect(slice.source).toBe("@octokit/openapi 1.2.3, api.github.com");
  });

  test("keeps only the schemas in use, without prose, and rewrites nullable with and without a type", () => {
    expect(slice.components).toEqual({
      schemas: {
        "basic-error": { type: "object" },
        owner: { type: "object" },
        thing: {
          type: "object",
          required: ["title"],
          properties: {
            title: { type: "string" },
            description: { type: ["string", "null"], enum: ["a", null] },
            parent: { anyOf: [{ allOf: [{ $ref: "#/components/schemas/thing" }] }, { type: "null" }] },
            owner: { $ref: "#/components/schemas/owner" },
          },
        },
        "validation-error": { type: "object" },
      },
    });
  });

  test("an operation that the description does not have is an error that names it", () => {
    expect(() => sliceOpenApi(DESCRIPTION, ["things/get", "things/rename"])).toThrow("things/rename");
  });
});
