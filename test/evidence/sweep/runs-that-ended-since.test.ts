import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../../src/evidence/context.ts";
import type { SealedCapture } from "../../../src/evidence/manifest.ts";
import type { ManifestSource } from "../../../src/evidence/source-schema.ts";
import { collectRuns } from "../../../src/evidence/sources/github-actions.ts";
import type { GitHub } from "../../../src/ports.ts";
import { dispatchedRun, type Harness, REPOSITORY, START, withGitHub } from "../../drill/github/setup.ts";
import { type PreservePlatform, startPreservePlatform } from "../../support/preserve-platform.ts";
import { captured } from "./sealed-captures.ts";

const HOUR_MS = 3_600_000;
const WINDOW = { from: new Date(START - 24 * HOUR_MS), to: new Date(START + HOUR_MS / 2) };

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

async function contextOf(github: GitHub, ...earlier: ManifestSource[]): Promise<SourceContext> {
  const own = await platform.source();
  const sealed: SealedCapture[] = earlier.map((record, index) =>
    captured(`${6000 + index}`, index, [record]),
  );
  const capture = `7001_${earlier.length}`;
  const folder = `incidents/INC-42/captures/${capture}/`;
  return { ...own, capture, folder, github, repository: REPOSITORY, window: WINDOW, earlier: sealed };
}

function end({ github }: Harness, id: number, at = START): void {
  const job = github.host.createJob({
    runId: id,
    attempt: 1,
    key: "build",
    name: "build",
    environment: null,
  });
  github.host.updateJob(job.id, { status: "completed", conclusion: "success" });
  github.host.setJobLog(job.id, "it has ended\n");
  github.host.updateRun(id, { status: "completed", conclusion: "success", completedAt: at });
}

describe("workflow runs, in a capture that adds to another", () => {
  test("are fetched when they have ended since; what was held is counted and not fetched again", () =>
    withGitHub(async (harness) => {
      const { octokit } = harness.job({ actions: "read" });
      const { id: held } = harness.github.host.createRun(dispatchedRun("engineer"));
      end(harness, held);
      const first = await collectRuns(await contextOf(octokit));
      const going = first.record.runs.filter(({ log }) => log === "in progress");
      expect(going).toHaveLength(1);
      expect(first.record.pending).toHaveLength(1);

      end(harness, going[0]?.id ?? 0);
      const before = harness.calls.all().length;
      const second = await collectRuns(await contextOf(octokit, first.record));
      expect(second.record).toMatchObject({
        status: "complete",
        expected: {
          attempts: 2,
          counted: expect.stringContaining("1 of the attempts are in earlier captures"),
        },
        collected: { attempts: 2, logs: 2 },
        gaps: [],
        pending: [],
        runs: [{ id: going[0]?.id, log: "collected", conclusion: "success" }],
      });
      expect(second.items.map(({ key }) => key.split("/").at(-1))).toEqual([
        "jobs.json",
        "logs.zip",
        "reviews.json",
        "run.json",
      ]);
      const again = harness.calls.all().slice(before);
      expect(again.filter(({ resource }) => resource.includes(`/runs/${held}/`))).toEqual([]);

      const third = await collectRuns(await contextOf(octokit, first.record, second.record));
      expect(third).toMatchObject({ items: [], record: { status: "complete", collected: { attempts: 2 } } });
    }));

  test("stay pending while they go on", () =>
    withGitHub(async (harness) => {
      const { octokit, run } = harness.job({ actions: "read" });
      const first = await collectRuns(await contextOf(octokit));
      const second = await collectRuns(await contextOf(octokit, first.record));
      expect(second.record.pending).toMatchObject([{ what: expect.stringContaining(`run ${run.id}`) }]);
    }));

  test("that were started again after the window bring the attempt of the window and no other", () =>
    withGitHub(async (harness) => {
      const { octokit } = harness.job({ actions: "read" });
      const { id } = harness.github.host.createRun(dispatchedRun("engineer"));
      const first = await collectRuns(await contextOf(octokit));
      end(harness, id);
      harness.github.host.newAttempt(id, "engineer");
      harness.github.host.updateRun(id, { startedAt: WINDOW.to.getTime() + HOUR_MS });
      const { record } = await collectRuns(await contextOf(octokit, first.record));
      expect(record.runs.filter((run) => run.id === id)).toMatchObject([{ attempt: 1, log: "collected" }]);
    }));

  test("that GitHub lists no more are a gap", () =>
    withGitHub(async (harness) => {
      const { octokit, run } = harness.job({ actions: "read" });
      const first = await collectRuns(await contextOf(octokit));
      const gone = { ...first.record, runs: first.record.runs.map((one) => ({ ...one, id: 99 })) };
      const { record } = await collectRuns(await contextOf(octokit, gone));
      expect(record.gaps).toMatchObject([{ what: expect.stringContaining("run 99, attempt 1") }]);
      expect(record.runs.map(({ id }) => id)).toEqual([run.id]);
    }));
});
