import { z } from "zod";
import { runbookSchema } from "./schema.ts";

/** The runbook's JSON Schema (draft 2020-12), for editors and for `runbook.schema.json`. */
export function jsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(runbookSchema, { io: "input", reused: "inline" });
}
