import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findSecrets, jobPaths, OutRefused, prepareOut } from "../../../drill/report/out.ts";
import type { RecordedJob } from "../../../drill/scenario/recorder.ts";

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

describe("a folder that cannot be made", () => {
  test("below one that takes none is refused at once", async () => {
    await expect(prepareOut("/proc/drill/out")).rejects.toThrow(OutRefused);
    await expect(prepareOut("/proc/drill/out")).rejects.toThrow(/^\/proc\/drill\/out cannot be made.*--out/);
  });

  test("below a file is refused", async () => {
    await writeFile(join(folder, "file"), "x");
    await expect(prepareOut(join(folder, "file", "out"))).rejects.toThrow(OutRefused);
  });
});

describe("where a job's log is", () => {
  const recorded = (id: number, key: string, name: string, log = ["x"]): RecordedJob => ({
    job: {
      id,
      runId: 1,
      attempt: 1,
      key,
      name,
      status: "completed",
      conclusion: "success",
      environment: null,
      startedAt: 0,
      completedAt: 0,
      steps: [],
    },
    runOrdinal: 1,
    waiting: null,
    log,
    summaries: [],
    annotations: [],
  });
  const logsOf = (...jobs: RecordedJob[]) => {
    const recorder = { jobs: new Map(jobs.map((each) => [each.job.id, each])) };
    return jobs.map((each) => jobPaths(each, recorder).log);
  };

  test("no two jobs share a file", () => {
    expect(
      logsOf(
        recorded(1, "build", "Build (a/b)"),
        recorded(2, "build", "Build (a:b)"),
        recorded(3, "build", "build (A b)"),
        recorded(4, "contain", "Contain it"),
        recorded(5, "contain.plan", "Contain it / plan"),
      ),
    ).toEqual([
      "logs/Build_a_b.log",
      "logs/Build_a_b-2.log",
      "logs/build_A_b-3.log",
      "logs/contain.log",
      "logs/contain.plan.log",
    ]);
  });

  test("a job that printed nothing has none", () => {
    expect(logsOf(recorded(1, "skipped", "Skipped", []))).toEqual([null]);
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
