import { crc32, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { zip } from "../../../drill/github/zip.ts";
import { REPOSITORY, refusal, withGitHub } from "./setup.ts";

/** The files of an archive by the central directory, read independently of the writer. */
function unzip(archive: Buffer): Record<string, string> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  let at = archive.readUInt32LE(end + 16);
  const files: Record<string, string> = {};
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const content = inflateRawSync(archive.subarray(start, start + size));
    expect(crc32(content)).toBe(archive.readUInt32LE(at + 16));
    files[name] = content.toString("utf8");
    at += 46 + nameLength;
  }
  return files;
}

describe("logs", () => {
  test("a run's logs are a redirect to an archive with a file for each job", () =>
    withGitHub(async ({ job, github }) => {
      const { run, job: first, octokit } = job({ actions: "read" }, "declare");
      const named = { runId: run.id, attempt: 1, key: "build", name: "build (20) / a:b", environment: null };
      const second = github.host.createJob(named);
      github.host.setJobLog(first.id, "##[group]Run declare\nœuvre ✓\n");
      github.host.setJobLog(second.id, "built\n");
      const download = () => octokit.rest.actions.downloadWorkflowRunLogs({ ...REPOSITORY, run_id: run.id });
      expect((await refusal(download())).status).toBe(404);
      github.host.updateRun(run.id, { status: "completed", conclusion: "success" });
      const reply = await download();
      expect(unzip(Buffer.from(reply.data as ArrayBuffer))).toEqual({
        "0_declare.txt": "##[group]Run declare\nœuvre ✓\n",
        "1_build (20) _ a_b.txt": "built\n",
      });
      const attempt = { ...REPOSITORY, run_id: run.id, attempt_number: 1 };
      const again = await octokit.rest.actions.downloadWorkflowRunAttemptLogs(attempt);
      expect(
        Buffer.from(again.data as ArrayBuffer)
          .subarray(0, 2)
          .toString(),
      ).toBe("PK");
    }));

  test("a job's log is text behind a link that needs no token and expires after a minute", () =>
    withGitHub(
      async ({ job, github, clock }) => {
        const { job: record, token } = job({ actions: "read" });
        github.host.setJobLog(record.id, "printed\n");
        const reply = await fetch(`${github.apiUrl}/repos/acme/platform/actions/jobs/${record.id}/logs`, {
          headers: { authorization: `Bearer ${token}`, "user-agent": "test" },
          redirect: "manual",
        });
        expect(reply.status).toBe(302);
        const location = reply.headers.get("location") ?? "";
        expect(location.startsWith(github.serverUrl)).toBe(true);
        expect(await (await fetch(location)).text()).toBe("printed\n");
        await clock.sleep(61_000);
        expect((await fetch(location)).status).toBe(404);
      },
      { speed: 300 },
    ));

  test("an archive's entries carry their names, sizes and times, an empty file too", () => {
    const modifiedAt = Date.UTC(2026, 8, 14, 3, 4, 6);
    const long = { name: "0_declare.txt", content: Buffer.from("a".repeat(100_000)), modifiedAt };
    const empty = { name: "1_œuvre.txt", content: Buffer.alloc(0), modifiedAt };
    const archive = zip([long, empty]);
    expect(unzip(archive)).toEqual({ "0_declare.txt": "a".repeat(100_000), "1_œuvre.txt": "" });
    // Time and date of the first local header, as MS-DOS packs them.
    expect(archive.readUInt16LE(10)).toBe((3 << 11) | (4 << 5) | 3);
    expect(archive.readUInt16LE(12)).toBe((46 << 9) | (9 << 5) | 14);
  });
});
