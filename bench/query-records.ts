/** Thirty-one days of audit records in hourly objects, the last day with an attack in it. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../drill/random.ts";
import type { AuditObject } from "../src/query/objects.ts";
import type { Span } from "../src/query/questions.ts";

const HOUR_MS = 3_600_000;
const DAYS = 31;
const END = Date.parse("2026-11-21T00:00:00Z");
const USERS = 2000;
const TOOLS = [
  "search_records",
  "get_record",
  "list_tables",
  "run_query",
  "export_report",
  "describe_schema",
];
/** One record in so many of the last hour's is the attack's. */
const ATTACKS = 10;

export const SUSPECT = "svc-reporting@example.com";
export const WINDOW: Span = {
  from: new Date(END - 24 * HOUR_MS),
  to: new Date(END),
  baselineFrom: new Date(END - DAYS * 24 * HOUR_MS),
};

export interface Seeded {
  objects: AuditObject[];
}

/** Writes the objects' files and `objects.json`, which lists them as a manifest would. */
export async function seedRecords(folder: string, count: number): Promise<void> {
  const hours = DAYS * 24;
  const random = createRandom(7);
  const objects: AuditObject[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const [first, last] = [hour, hour + 1].map((edge) => Math.round((edge * count) / hours));
    const from = END - (hours - hour) * HOUR_MS;
    const n = (last ?? 0) - (first ?? 0);
    const lines = Array.from({ length: n }, (_, index) => {
      const attack = hour === hours - 1 && index % ATTACKS === 0;
      return JSON.stringify({
        timestamp: new Date(from + Math.floor((index * HOUR_MS) / n)).toISOString(),
        event: "tool_call",
        mcp: "servicenow",
        user: attack ? SUSPECT : `user${random.integer(1, USERS)}@example.com`,
        tool: TOOLS[random.integer(0, TOOLS.length - 1)],
        outcome: attack || random.next() > 0.985 ? "error" : "success",
        session: random.hex(12),
        request: random.hex(16),
        duration_ms: random.integer(12, 900),
        source_ip: `10.0.${random.integer(8, 31)}.${random.integer(4, 250)}`,
      });
    });
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const key = join(folder, `${String(hour).padStart(4, "0")}.ndjson`);
    writeFileSync(key, body);
    const sha256 = createHash("sha256").update(body).digest("hex");
    objects.push({ bucket: "bench", key, versionId: null, size: body.byteLength, sha256 });
  }
  writeFileSync(join(folder, "objects.json"), JSON.stringify({ objects } satisfies Seeded));
}
