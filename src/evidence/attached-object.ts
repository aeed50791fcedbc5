import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { badInput, quoted } from "../errors.ts";
import type { IncidentRecord, RecordDeps } from "../incident/record.ts";
import { evidenceBuckets } from "../runbook/target.ts";
import { type Attachment, attachedKey, checkSize } from "./attachment.ts";
import { type CopyOrigin, copyIntoCapture } from "./copy-object.ts";
import { patiently } from "./patience.ts";
import { Scheduler } from "./scheduler.ts";

const MOST_IN_A_FOLDER = 1000;

/**
 * Objects in S3, copied inside S3: `s3://bucket/key`, or everything below `s3://bucket/folder/`.
 * @throws FirebreakError `bad-input` for what is not there or may not be read, and for what lies in a vault or an
 * audit bucket: nobody delivers there, and Firebreak's own request would answer itself.
 */
export async function openObjects(
  deps: RecordDeps,
  { target, runbook }: IncidentRecord,
  uri: string,
): Promise<Attachment[]> {
  const [, bucket = "", key = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(uri) ?? [];
  if (bucket === "")
    throw badInput("attach", `is no S3 URI: ${quoted(uri)}`, "Give one like s3://bucket/key.");
  if (evidenceBuckets(runbook).has(bucket)) {
    throw badInput(
      "attach",
      `lies in a bucket that holds evidence already: ${quoted(uri)}`,
      "Give the export where it was delivered.",
    );
  }
  const aws = deps.aws(target.region);
  try {
    const keys = key.endsWith("/") ? await keysBelow(deps, aws.s3, bucket, key) : [key];
    const opened: Attachment[] = [];
    for (const one of keys) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: one });
      const head = await patiently(deps.clock, () => aws.s3.send(command));
      const { ContentLength: size = 0, ETag: etag = "", LastModified: lastModified, VersionId } = head;
      checkSize(`s3://${bucket}/${one}`, size);
      const version = VersionId === undefined || VersionId === "null" ? {} : { versionId: VersionId };
      opened.push(
        attachment({
          bucket,
          key: one,
          size,
          etag,
          lastModified: lastModified ?? deps.clock.now(),
          ...version,
        }),
      );
    }
    return opened;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode ?? 0;
    if (status < 300 || status >= 500) throw error;
    throw badInput(
      "attach",
      `cannot be read (${name}): ${quoted(uri)}`,
      "Give an object in the environment's region that the evidence role may read.",
    );
  }
}

async function keysBelow(
  { clock }: RecordDeps,
  s3: ReturnType<RecordDeps["aws"]>["s3"],
  Bucket: string,
  Prefix: string,
): Promise<string[]> {
  const command = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: MOST_IN_A_FOLDER });
  const { Contents = [], IsTruncated } = await patiently(clock, () => s3.send(command));
  const keys = Contents.flatMap(({ Key }) => (Key === undefined || Key.endsWith("/") ? [] : [Key]));
  const uri = `s3://${Bucket}/${Prefix}`;
  if (keys.length === 0)
    throw badInput("attach", `names an empty folder: ${quoted(uri)}`, "Give one with files in it.");
  if (IsTruncated) {
    throw badInput(
      "attach",
      `names more than ${MOST_IN_A_FOLDER} objects: ${quoted(uri)}`,
      "Give a smaller folder.",
    );
  }
  return keys;
}

function attachment(origin: CopyOrigin): Attachment {
  return {
    close: async () => {},
    put: async (context, number) => {
      const name = origin.key.slice(origin.key.lastIndexOf("/") + 1);
      const destination = attachedKey(context, number, name, { version: origin.versionId });
      const copying = { ...context, scheduler: new Scheduler(context.clock) };
      const item = await copyIntoCapture(copying, { ...origin, source: "entra-sign-in", destination });
      return { item, signIns: null };
    },
  };
}
