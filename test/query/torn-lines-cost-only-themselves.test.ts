import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "@jest/globals";
import { createRandom } from "../../drill/random.ts";
import { ingest } from "../../src/query/ingest.ts";
import { layoutOf, withEngine } from "../../src/query/workspace.ts";
import { ownRunbook } from "../support/incident.ts";

const layout = layoutOf(ownRunbook());
const log = { info: () => {}, warning: () => {}, error: () => {}, mask: () => {} };
const clock = { now: () => new Date(), sleep: async () => {} };

/** Cuts a line anywhere, or writes another character over one of it. */
function tear(line: string, random: ReturnType<typeof createRandom>): string {
  const at = random.integer(1, line.length - 1);
  if (random.next() < 0.6) return line.slice(0, at);
  const junk = ['"', "{", "}", "[", "]", ":", ",", "\\", "\0", "\t", "x", "\r"][random.integer(0, 11)] ?? "";
  return line.slice(0, at) + junk + line.slice(at + 1);
}

test.each([1, 2, 3])(
  "every record between torn lines is read, whatever they are torn into (seed %i)",
  async (seed) => {
    const random = createRandom(seed);
    const whole = new Set<string>();
    const lines = Array.from({ length: 3000 }, (_, index) => {
      const request = `r${index}`;
      const line = JSON.stringify({
        timestamp: "2026-11-20T10:00:00.000Z",
        user: "ana",
        more: { list: [1, { deep: ["x"] }], text: 'a "quoted" \\ one' },
        request,
      });
      if (index % 2 === 0) return tear(line, random);
      whole.add(request);
      return line;
    });
    const body = Buffer.from(lines.join("\n"));
    const s3 = { send: async () => ({ Body: Readable.from([body]) }) } as unknown as S3Client;
    await withEngine("actions/query-audit-logs/engine", async (engine, folder) => {
      const object = { bucket: "b", key: "k", versionId: null, size: body.byteLength, sha256: null };
      const read = await ingest({ s3, clock, log }, engine, folder, layout, [object]);
      const found = new Set((await engine.rows("SELECT request FROM calls")).map(([request]) => request));
      expect([...whole].filter((request) => !found.has(request))).toEqual([]);
      // Every line is either a record or counted as none.
      expect(read.records + read.unreadable).toBe(lines.length);
      expect(read.gaps).toEqual([]);
    });
  },
);
