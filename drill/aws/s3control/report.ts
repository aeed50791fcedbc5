/** A job's manifest and its completion report. https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html */
import { createHash } from "node:crypto";

/** One line of the manifest: an object that the job works on. */
export interface Task {
  bucket: string;
  /** As the manifest has it: URL-encoded. */
  encodedKey: string;
  key: string;
  versionId: string;
}

export interface TaskResult {
  task: Task;
  httpStatus: number;
  /** Empty for a task that succeeded. */
  errorCode: string;
  message: string;
}

/** @throws Error naming the line when it is not what the manifest's fields say. */
export function parseTasks(text: string, withVersions: boolean): Task[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      const fields = parseLine(line.replace(/\r$/, ""));
      const [bucket, encodedKey, versionId = ""] = fields;
      if (!bucket || !encodedKey || fields.length !== (withVersions ? 3 : 2)) {
        throw new Error(`line ${index + 1} of the manifest has ${fields.length} fields`);
      }
      return {
        bucket,
        encodedKey,
        key: decodeURIComponent(encodedKey.replaceAll("+", " ")),
        versionId,
      };
    });
}

/** The report's objects: each half as CSV, and the `manifest.json` that names them. */
export function renderReport(
  results: readonly TaskResult[],
  at: { bucket: string; folder: string; createdAt: number },
): { key: string; body: string; contentType: string }[] {
  const halves = (["succeeded", "failed"] as const).flatMap((status) => {
    const rows = results.filter(({ errorCode }) => (errorCode === "") === (status === "succeeded"));
    if (rows.length === 0) return [];
    const body = rows.map((row) => renderRow(row, status)).join("");
    const key = `${at.folder}/results/${createHash("sha1").update(status).update(body).digest("hex")}.csv`;
    return [{ status, key, body, md5: createHash("md5").update(body).digest("hex") }];
  });
  const manifest = {
    Format: "Report_CSV_20180820",
    ReportCreationDate: new Date(at.createdAt).toISOString(),
    Results: halves.map(({ status, key, md5 }) => ({
      TaskExecutionStatus: status,
      Bucket: at.bucket,
      MD5Checksum: md5,
      Key: key,
    })),
    ReportSchema: "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
  };
  return [
    ...halves.map(({ key, body }) => ({ key, body, contentType: "text/csv" })),
    { key: `${at.folder}/manifest.json`, body: JSON.stringify(manifest), contentType: "application/json" },
  ];
}

function renderRow({ task, httpStatus, errorCode, message }: TaskResult, status: string): string {
  const fields = [task.bucket, task.encodedKey, task.versionId, status, errorCode, httpStatus, message];
  return `${fields.map((field) => quote(String(field))).join(",")}\n`;
}

function quote(field: string): string {
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function parseLine(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)) {
    fields.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
  }
  return fields;
}
