import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findSecrets, OutRefused, prepareOut } from "../../../drill/report/out.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drill-out-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the drill's folder", () => {
  test("is made when it is missing", async () => {
    await prepareOut(join(folder, "new", "deep"));
    expect(await readdir(join(folder, "new", "deep"))).toEqual([]);
  });

  test("a former drill's traces make way", async () => {
    await writeFile(join(folder, "report.json"), '{"schema": "firebreak/drill-report/v1"}');
    await mkdir(join(folder, "evidence", "incidents"), { recursive: true });
    await prepareOut(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ["a file of somebody's", { "thesis.txt": "x" }],
    [
      "a file of somebody's beside a former drill",
      { "report.json": '"firebreak/drill-report/v1"', "thesis.txt": "x" },
    ],
    ["somebody else's report.json", { "report.json": "{}" }],
    ["names of ours without a report", { "calls.ndjson": "" }],
  ])("%s is left alone", async (_, files) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await expect(prepareOut(folder)).rejects.toThrow(OutRefused);
    expect((await readdir(folder)).sort()).toEqual(Object.keys(files).sort());
  });
});

describe("the search for secrets", () => {
  test("finds a value in plain and in compressed files, and across two pieces of a large one", async () => {
    await mkdir(join(folder, "logs"));
    await writeFile(join(folder, "logs", "a.log"), "x s3cret~value y");
    await writeFile(join(folder, "b.ndjson.gz"), gzipSync("s3cret~value"));
    await writeFile(join(folder, "c.bin"), `${"-".repeat(65_530)}s3cret~value`);
    await writeFile(join(folder, "d.txt"), "s3cret value");
    expect(await findSecrets(folder, ["s3cret~value", ""])).toEqual([
      "b.ndjson.gz",
      "c.bin",
      join("logs", "a.log"),
    ]);
  });
});
