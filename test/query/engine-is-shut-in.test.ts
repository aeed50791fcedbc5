import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Engine, literal, openEngine } from "../../src/query/engine.ts";
import { withEngine } from "../../src/query/workspace.ts";

const LIBRARY = "actions/query-audit-logs/engine";
let folder: string;
let outside: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-"));
  outside = await mkdtemp(join(tmpdir(), "outside-"));
  await writeFile(join(outside, "secret.csv"), "a\n1\n");
  engine = await openEngine(LIBRARY, folder);
});
afterAll(async () => {
  engine.close();
  await Promise.all([folder, outside].map((path) => rm(path, { recursive: true })));
});

test.each([
  ["reads a file elsewhere", () => `SELECT * FROM read_csv(${literal(join(outside, "secret.csv"))})`],
  [
    "reads out of its folder",
    () => `SELECT * FROM read_text(${literal(`${folder}/../${outside.split("/").at(-1)}/secret.csv`)})`,
  ],
  ["writes a file elsewhere", () => `COPY (SELECT 1) TO ${literal(join(outside, "out.csv"))}`],
  ["reads from the network", () => "SELECT * FROM read_csv('https://example.com/x.csv')"],
  ["attaches a database elsewhere", () => `ATTACH ${literal(join(outside, "x.duckdb"))}`],
  ["installs an extension", () => "INSTALL httpfs"],
  ["loosens its settings", () => "SET enable_external_access = true"],
  ["reads the environment", () => "SELECT getenv('PATH')"],
])("no statement %s", async (_what, sql) => {
  await expect(engine.run(sql())).rejects.toThrow();
});

test("text in a question is text, whatever is in it", async () => {
  const value = "x' OR '1'='1'; DROP TABLE calls; --\\";
  expect(await engine.rows(`SELECT ${literal(value)}`)).toEqual([[value]]);
});

test("its folder goes with it, even when the work fails", async () => {
  let used = "";
  const failing = withEngine(LIBRARY, async (_engine, path) => {
    used = path;
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await expect(rm(used)).rejects.toThrow(/ENOENT/);
});
