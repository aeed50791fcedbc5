/** Call logs for `scripts/policies.ts`, kept if FIREBREAK_CALL_LOGS names a folder. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of a platform in this process. Without a role whose policies are enforced there is nothing to hold it against. */
export function keepCalls(ndjson: string): void {
  const folder = process.env.FIREBREAK_CALL_LOGS ?? "";
  if (folder !== "" && ndjson.includes('"needs"'))
    writeFileSync(join(folder, `${randomUUID()}.ndjson`), ndjson);
}

/** Of a drill, from its folder. One that never began has none. */
export function keepCallsOf(out: string): void {
  const log = join(out, "calls.ndjson");
  if (existsSync(log)) keepCalls(readFileSync(log, "utf8"));
}
