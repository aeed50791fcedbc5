import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { SourceContext } from "../context.ts";
import { copyIntoCapture, copyLane } from "../copy-object.ts";
import type { CopyOrigin } from "../copy-order.ts";
import { itemKey, safePath } from "../keys.ts";
import { pages } from "../pages.ts";
import type { ManifestItem } from "../source-schema.ts";
import type { ExportTask } from "./log-export-task.ts";

/** Copies a task's objects into the capture, inside S3, as `cloudwatch-logs/export/<task>/<stream>/000000.gz`. */
export async function copyExport(
  context: SourceContext,
  bucket: string,
  { id, folder }: ExportTask,
): Promise<ManifestItem[]> {
  const items: ManifestItem[] = [];
  await copyLane(context.scheduler).each(objectsBelow(context, bucket, folder), async (object) => {
    const name = `${safePath(id)}/${safePath(object.key.slice(folder.length))}`;
    const destination = itemKey(`${context.folder}cloudwatch-logs/export/`, name);
    const order = { source: "cloudwatch-logs", ...object, destination };
    const item = await copyIntoCapture(context, order);
    items.push({ ...item, detail: { ...item.detail, exportTask: id } });
  });
  return items.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The objects of a task. The ETag that is listed pins what is copied. */
async function* objectsBelow(
  { aws, clock }: SourceContext,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<CopyOrigin> {
  const listing = pages(
    clock,
    (ContinuationToken) =>
      aws.s3.send(
        new ListObjectsV2Command({ Bucket, Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) }),
      ),
    ({ NextContinuationToken }) => NextContinuationToken,
  );
  for await (const { Contents = [] } of listing) {
    for (const { Key = "", Size = 0, ETag = "", LastModified = new Date(0) } of Contents)
      yield { bucket: Bucket, key: Key, size: Size, etag: ETag, lastModified: LastModified };
  }
}
