import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { collectRuns } from "../../src/evidence/sources/github-actions.ts";
import type { GitHub } from "../../src/ports.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { dispatchedRun, type Harness, REPOSITORY, START, withGitHub } from "../drill/github/setup.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const HOUR_MS = 3_600_000;
const FOLDER = "incidents/INC-42/captures/7001/github-runs/";
const WINDOW = { from: new Date(START - 24 * HOUR_MS), to: new Date(START + HOUR_MS) };

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

/** A source's context that asks this GitHub. */
async function contextOf(github: GitHub): Promise<SourceContext> {
  return { ...(await platform.source()), github, repository: REPOSITORY, window: WINDOW };
}

/** A run that began and ended so many hours before the drill, with one job that printed something. */
function pastRun({ github }: Harness, began: number, ended: number, attempts = 1): number {
  const { id } = github.host.createRun(dispatchedRun("engineer"));
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) github.host.newAttempt(id, "engineer");
    const job = github.host.createJob({ runId: id, attempt, key: "build", name: "build", environment: null });
    github.host.updateJob(job.id, { status: "completed", conclusion: "success" });
    github.host.setJobLog(job.id, `attempt ${attempt} printed this\n`);
    github.host.updateRun(id, {
      status: "completed",
      conclusion: "success",
      createdAt: START - began * HOUR_MS,
      startedAt: START - began * HOUR_MS,
      completedAt: START - ended * HOUR_MS,
    });
  }
  return id;
}

describe("the source github-actions", () => {
  test("holds run, jobs and log of every attempt, and the reviews", () =>
    withGitHub(async (harness) => {
      const { octokit } = harness.job({ actions: "read" });
      const id = pastRun(harness, 5, 4, 2);
      const { record, items } = await collectRuns(await contextOf(octokit));
      const own = items.filter(({ key }) => key.startsWith(`${FOLDER}${id}/`));
      expect(own.map(({ key }) => key.slice(`${FOLDER}${id}/`.length))).toEqual([
        "1/jobs.json",
        "1/logs.zip",
        "1/run.json",
        "2/jobs.json",
        "2/logs.zip",
        "2/reviews.json",
        "2/run.json",
      ]);
      for (const { key, sha256: digest, size } of own) {
        const body = (await readObject(platform.vault, key)) ?? Buffer.alloc(0);
        expect({ digest: sha256(body), size: body.byteLength }).toEqual({ digest, size });
      }
      const read = async (name: string) => (await readObject(platform.vault, `${FOLDER}${id}/${name}`)) ?? "";
      expect(String(await read("1/logs.zip")).startsWith("PK")).toBe(true);
      expect(String(await read("1/logs.zip"))).toContain("build.txt");
      expect(JSON.parse(String(await read("1/run.json"))).document).toMatchObject({ id, run_attempt: 1 });
      expect(JSON.parse(String(await read("2/jobs.json"))).document).toMatchObject([
        { name: "build", run_attempt: 2 },
      ]);
      expect(JSON.parse(String(await read("2/reviews.json"))).document).toEqual([]);
      expect(record).toMatchObject({ status: "complete", expected: { attempts: 3 }, gaps: [] });
    }));

  test("the log of a run that goes on is named as still to come, and is no gap", () =>
    withGitHub(async (harness) => {
      const { octokit, run } = harness.job({ actions: "read" });
      const { record, items } = await collectRuns(await contextOf(octokit));
      expect(record).toMatchObject({
        status: "complete",
        gaps: [],
        pending: [
          {
            what: expect.stringContaining(`run ${run.id}`),
            why: expect.stringContaining("in progress"),
            expectedBy: null,
          },
        ],
        runs: [{ id: run.id, attempt: 1, log: "in progress", conclusion: null }],
      });
      expect(items.filter(({ key }) => key.endsWith(".zip"))).toEqual([]);
    }));

  test("takes the runs that reach into the window, however long ago they were created", () =>
    withGitHub(async (harness) => {
      const { octokit, run } = harness.job({ actions: "read" });
      const reaching = pastRun(harness, 20 * 24, 10);
      pastRun(harness, 30, 26);
      const { record } = await collectRuns(await contextOf(octokit));
      expect(record.runs.map(({ id }) => id).sort()).toEqual([run.id, reaching].sort());
      expect(record.expected.counted).toContain("of 3 listed");
    }));

  test("a run that continues another fetches no ended attempt again, and has the same items", () =>
    withGitHub(async (harness) => {
      const { octokit } = harness.job({ actions: "read" });
      const id = pastRun(harness, 5, 4);
      const first = await collectRuns(await contextOf(octokit));
      const before = harness.calls.all().length;
      const second = await collectRuns(await contextOf(octokit));
      const again = harness.calls.all().slice(before);
      expect(again.filter(({ resource }) => resource.includes(`/runs/${id}/`))).toEqual([]);
      const digests = ({ items }: typeof first) =>
        items.filter(({ key }) => key.includes(`/${id}/`)).map((one) => [one.key, one.sha256, one.origin]);
      expect(digests(second)).toEqual(digests(first));
      expect(second.record.status).toBe("complete");
    }));

  test("without the permission it fails, and says with what", () =>
    withGitHub(async (harness) => {
      const { octokit } = harness.job({ contents: "read" });
      await expect(collectRuns(await contextOf(octokit))).rejects.toThrow("Resource not accessible");
    }));
});

/** GitHub with one ended run, whose answers a test bends. */
function bent(answers: {
  log?: () => unknown;
  jobs?: object[];
  headers?: Record<string, string>;
  total?: (created: string) => number;
}) {
  const asked: { route: string; created: string }[] = [];
  const run = {
    id: 1,
    run_attempt: 1,
    url: "https://api.example/runs/1",
    path: ".github/workflows/ci.yml",
    event: "push",
    status: "completed",
    conclusion: "success",
    created_at: new Date(START - HOUR_MS).toISOString(),
    updated_at: new Date(START).toISOString(),
  };
  const request = async (route: string, { created = "" }: { created?: string }) => {
    asked.push({ route, created });
    const headers = answers.headers ?? {};
    if (route.endsWith("/logs")) return { data: answers.log?.(), headers };
    if (route.endsWith("/jobs")) return { data: { jobs: answers.jobs ?? [{ steps: [{}] }] }, headers };
    if (route.endsWith("/approvals")) return { data: [], headers };
    const [from = "", to = ""] = created.split("..");
    const hit = from <= run.created_at && run.created_at.replace(".000", "") <= to;
    const total = answers.total?.(created) ?? (hit ? 1 : 0);
    return { data: { total_count: total, workflow_runs: hit ? [run] : [] }, headers };
  };
  return { github: { request } as unknown as GitHub, asked };
}

const refused = (status: number) => () => {
  throw Object.assign(new Error("Not Found"), { status });
};

describe("a log that GitHub does not give", () => {
  test.each([404, 410])("with %i after jobs ran is a gap by name", async (status) => {
    const { github } = bent({ log: refused(status) });
    const { record, items } = await collectRuns(await contextOf(github));
    expect(record).toMatchObject({
      status: "partial",
      gaps: [
        {
          what: "log of run 1, attempt 1, of .github/workflows/ci.yml",
          why: expect.stringContaining("expired"),
        },
      ],
      runs: [{ log: "missing" }],
    });
    expect(items).toHaveLength(3);
  });

  test("because no job ran is none", async () => {
    const { github } = bent({ log: refused(404), jobs: [{ conclusion: "skipped", steps: [] }] });
    const { record } = await collectRuns(await contextOf(github));
    expect(record).toMatchObject({ status: "complete", gaps: [], runs: [{ log: "none" }] });
  });

  test("for another reason is a gap that says it", async () => {
    const { github } = bent({ log: refused(500) });
    const { record, items } = await collectRuns(await contextOf(github));
    expect(record).toMatchObject({
      status: "partial",
      gaps: [{ why: "Error: Not Found" }],
      runs: [{ log: "missing" }],
    });
    expect(items).toHaveLength(3);
  });

  test("in whole, because the line broke, is asked for again", async () => {
    let tries = 0;
    const { github } = bent({
      log: async function* () {
        tries += 1;
        yield Buffer.from("PK first half, ");
        if (tries === 1)
          throw Object.assign(new TypeError("terminated"), { cause: { code: "UND_ERR_SOCKET" } });
        yield Buffer.from("second half");
      },
    });
    const { record } = await collectRuns(await contextOf(github));
    expect(record.status).toBe("complete");
    expect(String(await readObject(platform.vault, `${FOLDER}1/1/logs.zip`))).toBe(
      "PK first half, second half",
    );
  });
});

describe("GitHub's limits", () => {
  test("the last quarter of the hour's requests is left to the gate, and what was left out is named", async () => {
    const headers = {
      "x-ratelimit-limit": "1000",
      "x-ratelimit-remaining": "249",
      "x-ratelimit-reset": `${START / 1000}`,
    };
    const { github, asked } = bent({ headers });
    const { record } = await collectRuns(await contextOf(github));
    expect(asked).toHaveLength(1);
    expect(record.status).toBe("failed");
    expect(record.gaps.map(({ why }) => why)).toEqual([
      expect.stringContaining("249 of GitHub's 1000 requests"),
      expect.stringContaining(new Date(START).toISOString()),
    ]);
  });

  test("a span with more runs than a search gives is listed in halves, none of it twice", async () => {
    const { github, asked } = bent({
      log: () => [],
      total: (created) => {
        const [from = 0, to = 0] = created.split("..").map((time) => Date.parse(time));
        return to - from > 10 * 24 * HOUR_MS ? 1001 : 1;
      },
    });
    const { record } = await collectRuns(await contextOf(github));
    const spans = asked
      .filter(({ created }) => created !== "")
      .map(({ created }) => created.split("..").map((time) => Date.parse(time)))
      .filter(([from = 0, to = 0]) => to - from <= 10 * 24 * HOUR_MS)
      .sort(([a = 0], [b = 0]) => a - b);
    for (const [index, [from]] of spans.slice(1).entries())
      expect(from).toBe((spans[index]?.[1] ?? 0) + 1000);
    expect(spans.length).toBeGreaterThan(6);
    expect(record.status).toBe("complete");
    expect(record.runs).toHaveLength(1);
  });
});
