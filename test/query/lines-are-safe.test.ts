import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "@jest/globals";
import { SafeLines } from "../../src/query/lines.ts";

/** What comes out, line by line, and how many lines were counted, whatever pieces it comes in. */
async function through(text: string, piece: number): Promise<{ out: string[]; lines: number }> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.byteLength / piece) }, (_, index) =>
    bytes.subarray(index * piece, (index + 1) * piece),
  );
  const lines = new SafeLines(["user", "tool"]);
  const chunks: Buffer[] = [];
  await pipeline(Readable.from(pieces), lines, async (source) => {
    for await (const chunk of source) chunks.push(chunk as Buffer);
  });
  return { out: Buffer.concat(chunks).toString().split("\n").slice(0, -1), lines: lines.lines };
}

const deep = (depth: number) => `{"user":"deep","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe.each([1, 7, 4096, 10_000_000])("in pieces of %i bytes", (piece) => {
  test("ordinary records pass as they are, with or without an end of line at the end", async () => {
    const records = ['{"user":"ana","tool":"søk"}', '{"user":"bo"}'];
    expect(await through(records.join("\n"), piece)).toEqual({ out: records, lines: 2 });
    expect(await through(`${records.join("\n")}\n\n`, piece)).toEqual({ out: records, lines: 2 });
  });

  test("what is no JSON object counts and is empty", async () => {
    const { out, lines } = await through('not json\n[1]\n"x"\n42\n{"user":"ana"}\n', piece);
    expect(out).toEqual(["{}", "{}", "{}", "{}", '{"user":"ana"}']);
    expect(lines).toBe(5);
  });
});

test("a deep record reaches the engine without its depth", async () => {
  const { out } = await through(`{"user":"ana"}\n${deep(100_000)}\n{"user":"bo"}\n`, 65_536);
  expect(out).toEqual(['{"user":"ana"}', '{"user":"deep"}', '{"user":"bo"}']);
});

test("a long record is reduced to the fields that are read, each cut to 4,096 characters", async () => {
  const { out } = await through(
    `{"user":"${"u".repeat(9000)}","tool":{"a":[1]},"__proto__":{"user":"x"},"other":"${"o".repeat(9000)}"}`,
    65_536,
  );
  expect(out).toEqual([JSON.stringify({ user: "u".repeat(4096), tool: "(nested)" })]);
});

test("a line of more than 16 MiB is an empty record, and what follows is read", async () => {
  const { out, lines } = await through(
    `{"user":"${"x".repeat(17 * 1024 * 1024)}"}\n{"user":"ana"}\n`,
    65_536,
  );
  expect(out).toEqual(["{}", '{"user":"ana"}']);
  expect(lines).toBe(2);
});

test("a line that breaks off does not reach the engine, whatever it ends with", async () => {
  const broken = ['{"user":', '{"user":"ana",', '{"x":[', '{"user":"ana"', '{"user":"ana}', "{"];
  const { out, lines } = await through(broken.map((line) => `${line}\n{"user":"bo"}\r\n`).join(""), 65_536);
  expect(lines).toBe(2 * broken.length);
  // One that ends as an object does goes on as it is; the engine finds out.
  const seen = broken.map((line) => (line.endsWith("}") ? line : "{}"));
  expect(out).toEqual(seen.flatMap((line) => [line, '{"user":"bo"}\r']));
});
