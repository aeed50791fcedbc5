import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { z } from "zod";
import { isMissing } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import { copyIntoCapture } from "../copy-object.ts";
import { DigestSet } from "../digest-set.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem } from "../source-schema.ts";
import { BATCH_FOLDER, reportFolder } from "./batch-job.ts";

/**
 * A batch job's completion report: `manifest.json` and the CSV files that it names, one row for each object
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html).
 */

const manifestFormat = z.object({
  Results: z.array(z.object({ TaskExecutionStatus: z.string(), MD5Checksum: z.string(), Key: z.string() })),
});

export interface BatchReport {
  /** Whether the job has copied this version, named as `versionOf` names it. */
  hasCopied(version: string): boolean;
  copied: number;
  failed: number;
  /** The report's own objects. */
  items: ManifestItem[];
}

/** Reads the report back. Undefined when the job left none: no task was done. @throws Error when it is damaged. */
export async function readReport(context: SourceContext, jobId: string): Promise<BatchReport | undefined> {
  const folder = `${reportFolder(context)}/job-${jobId}/`;
  const top = await readFile(context, `${folder}manifest.json`, () => new Text());
  if (!top) return undefined;
  const manifest = manifestFormat.parse(JSON.parse(top.lines.text));
  const items = [await keep(context, folder, top)];
  const parts: Rows[] = [];
  for (const { Key, MD5Checksum } of manifest.Results) {
    const part = await readFile(context, Key, () => new Rows());
    if (part?.md5 !== MD5Checksum)
      throw new Error(`${Key} of the batch job's report is not what was written`);
    parts.push(part.lines);
    items.push(await keep(context, folder, part));
  }
  return {
    hasCopied: (version) => parts.some(({ copied }) => copied.has(version)),
    copied: parts.reduce((sum, { copied }) => sum + copied.size, 0),
    failed: parts.reduce((sum, { failed }) => sum + failed, 0),
    items,
  };
}

/** What takes a file's lines. */
interface Lines {
  add(line: string): void;
}

class Text implements Lines {
  text = "";

  add(line: string): void {
    this.text += `${line}\n`;
  }
}

class Rows implements Lines {
  readonly copied = new DigestSet();
  failed = 0;

  add(line: string): void {
    const row = readRow(line);
    if (row?.status === "succeeded") this.copied.add(versionOf(row));
    if (row?.status === "failed") this.failed += 1;
  }
}

/** A version as the report's set has it. */
export function versionOf({ key, versionId }: { key: string; versionId: string }): string {
  return `${key} ${versionId}`;
}

interface ReportFile<Kind extends Lines = Lines> {
  lines: Kind;
  key: string;
  versionId?: string;
  size: number;
  etag: string;
  lastModified: Date;
  sha256: string;
  md5: string;
}

/** A file of the report, line by line; with new lines from the first when the reading broke off. */
async function readFile<Kind extends Lines>(
  context: SourceContext,
  Key: string,
  begin: () => Kind,
): Promise<ReportFile<Kind> | undefined> {
  const { aws, vault, clock } = context;
  try {
    return await patiently(clock, async () => {
      const { Body, VersionId, ETag, LastModified } = await aws.s3.send(
        new GetObjectCommand({ Bucket: vault.bucket, Key }),
      );
      const hashes = [createHash("sha256"), createHash("md5")] as const;
      const lines = begin();
      let size = 0;
      const body = Body as Readable;
      body.on("data", (chunk: Buffer) => {
        for (const hash of hashes) hash.update(chunk);
        size += chunk.byteLength;
      });
      for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY }))
        lines.add(line);
      const [sha256, md5] = hashes.map((hash) => hash.digest("hex"));
      return {
        lines,
        key: Key,
        ...(VersionId === undefined ? {} : { versionId: VersionId }),
        size,
        sha256: sha256 ?? "",
        md5: md5 ?? "",
        etag: ETag ?? "",
        lastModified: LastModified ?? clock.now(),
      };
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Copies a file of the report into the capture. @throws Error when what was copied is not what was read. */
async function keep(context: SourceContext, folder: string, file: ReportFile): Promise<ManifestItem> {
  const { key, versionId, size, etag, lastModified } = file;
  const item = await copyIntoCapture(context, {
    source: "audit-logs",
    bucket: context.vault.bucket,
    key,
    ...(versionId === undefined ? {} : { versionId }),
    size,
    etag,
    lastModified,
    destination: `${context.folder}${BATCH_FOLDER}report/${key.slice(folder.length)}`,
  });
  if (item.sha256 === file.sha256) return item;
  throw new Error(`${key} of the batch job's report is not what was read`);
}

/** The columns that matter: bucket, key, version id, status. What follows is the result in words. */
function readRow(line: string): { key: string; versionId: string; status: string } | undefined {
  const fields = /^(?:"[^"]*"|[^",]*),("(?:[^"]|"")*"|[^",]*),"?([^",]*)"?,"?(\w+)"?(?:,|$)/.exec(line);
  if (!fields) return undefined;
  const [, key = "", versionId = "", status = ""] = fields;
  const encoded = key.startsWith('"') ? key.slice(1, -1).replaceAll('""', '"') : key;
  try {
    return { key: decodeURIComponent(encoded), versionId, status };
  } catch {
    return undefined;
  }
}
