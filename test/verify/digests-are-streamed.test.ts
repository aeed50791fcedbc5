import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { digestStream, partBytes } from "../../src/verify/digest.ts";

const MIB = 1024 * 1024;
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

describe("reading an object once", () => {
  test("gives S3's composite checksum, whatever the chunks", async () => {
    const bytes = Buffer.from("abcdefghijklmnopqrstuvw");
    const parts = [bytes.subarray(0, 10), bytes.subarray(10, 20), bytes.subarray(20)];
    const expected = `${hash(Buffer.concat(parts.map(hash))).toString("base64")}-3`;
    for (const size of [1, 7, 10, 23]) {
      const chunks = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const found = await digestStream(Readable.from(chunks), { parts: 10 });
      expect(found).toMatchObject({ size: 23, composite: expected, sha256: hash(bytes).toString("hex") });
    }
  });

  test("a last part that is full is no reason for an empty one", async () => {
    const { composite } = await digestStream(Readable.from([Buffer.alloc(20)]), { parts: 10 });
    expect(composite).toMatch(/-2$/);
  });

  test("parts are of 1 GiB, or as large as ten thousand parts need", () => {
    expect(partBytes(6 * 1024 ** 3)).toBe(1024 ** 3);
    expect(partBytes(11_000 * 1024 ** 3)).toBe(Math.ceil((11_000 * 1024 ** 3) / 10_000));
  });

  test.each([
    ["whole lines", gzipSync("a\nb\n"), 2],
    ["nothing", gzipSync(""), 0],
    ["two members", Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]), 2],
    ["a line that is not whole", gzipSync("a\nb"), null],
    ["a gzip cut off", gzipSync("a\nb\n").subarray(0, -9), null],
    ["no gzip", Buffer.from("a\nb\n"), null],
  ])("counts the lines of %s", async (_what, bytes, lines) => {
    const found = await digestStream(Readable.from([bytes]), { countLines: true });
    expect(found).toMatchObject({ lines, size: bytes.byteLength });
  });

  test("takes no more memory for a large one: 256 MiB, which unpack to 2 GiB", async () => {
    const line = Buffer.from(`${"x".repeat(1023)}\n`);
    const member = gzipSync(Buffer.alloc(8 * MIB, line), { level: 0 });
    const packed = gzipSync(Buffer.alloc(64 * MIB, line));
    async function* object() {
      for (let index = 0; index < 32; index += 1) yield member;
      for (let index = 0; index < 28; index += 1) yield packed;
    }
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const { lines } = await digestStream(Readable.from(object()), { countLines: true });
    clearInterval(watch);
    expect(lines).toBe(32 * 8 * 1024 + 28 * 64 * 1024);
    expect((peak - before) / MIB).toBeLessThan(150);
    // Unpacks gigabytes beside whatever else the machine is doing.
  }, 300_000);
});
