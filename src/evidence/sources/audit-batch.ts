import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { JobDescriptor } from "@aws-sdk/client-s3-control";
import { headObject } from "../../vault/vault.ts";
import type { SourceContext } from "../context.ts";
import { LARGEST_COPY } from "../copy-object.ts";
import { documentItem, putDocument, streamItem } from "../item-writer.ts";
import { isPassing, patiently } from "../patience.ts";
import { count } from "../progress.ts";
import { hashObject } from "../read-back.ts";
import type { ManifestItem } from "../source-schema.ts";
import { destinationOf, type PlannedCopy } from "./audit-destinations.ts";
import type { AuditVersion } from "./audit-versions.ts";
import { awaitJob, BATCH_FOLDER, cancelJob, createJob, type ManifestObject } from "./batch-job.ts";
import { readReport, versionOf } from "./batch-report.ts";

/** What S3 Batch Operations has done of the copying. */
export interface BatchCopies {
  /** Whether the job says that it has copied this version, to the object's own key. */
  has(version: AuditVersion): boolean;
  /** Its manifest, its description and its report. */
  items: ManifestItem[];
  job: { jobId: string; objects: number; failed: number };
}

/**
 * Hands the copying to S3 Batch Operations when there are more objects to copy than the runbook leaves to one runner.
 * Undefined when there are not, or when S3 refuses the job (which is logged): then the runner copies them all. A job
 * that a killed run has begun is waited for, whatever there is to copy now.
 *
 * What a job did is looked at afterwards, object by object, by whoever copies what is missing.
 * @throws Error when nobody knows whether a job runs: it would go on writing into a sealed capture.
 */
export async function copyInBatch(
  context: SourceContext,
  plan: () => AsyncIterable<PlannedCopy>,
): Promise<BatchCopies | undefined> {
  const { batchCopy } = context.target;
  const manifestKey = `${context.folder}${BATCH_FOLDER}manifest.csv`;
  const begun = context.present.has(manifestKey);
  if (!batchCopy) return undefined;
  if (!begun && !(await exceeds(plan(), batchCopy.aboveObjects, context))) return undefined;
  const { object, item } = await writeManifest(context, manifestKey, plan);
  let jobId: string;
  try {
    jobId = await createJob(context, batchCopy.role, object);
  } catch (error) {
    if (isPassing(error)) throw error;
    const { name, message } = error as Error;
    context.log.warning(`S3 Batch Operations refuses the job, so the runner copies all: ${name}: ${message}`);
    return undefined;
  }
  const ended = await awaitJob(context, jobId).catch((error: unknown) => giveUp(context, jobId, error));
  const report = await readReport(context, jobId);
  const objects = report?.copied ?? 0;
  const failed = report?.failed ?? 0;
  for (const { FailureCode, FailureReason } of ended.FailureReasons ?? [])
    context.log.warning(`The batch job ${jobId} failed: ${FailureCode}: ${FailureReason}`);
  context.log.info(
    `audit-logs  batch job ${jobId} is ${ended.Status}: ${count(objects)} objects copied, ${count(failed)} failed`,
  );
  return {
    has: (version) => report?.hasCopied(versionOf(version)) ?? false,
    items: [item, ...(await documentJob(context, jobId, ended)), ...(report?.items ?? [])],
    job: { jobId, objects, failed },
  };
}

/** Nobody can look after the job any more, so it shall not go on. */
async function giveUp(context: SourceContext, jobId: string, error: unknown): Promise<never> {
  await cancelJob(context, jobId).catch(() => {});
  const { name, message } = error as Error;
  throw new Error(
    `the batch job ${jobId} cannot be looked after (${name}: ${message}); it was told to end, and may have copied objects that no manifest lists`,
    { cause: error },
  );
}

async function exceeds(
  plan: AsyncIterable<PlannedCopy>,
  most: number,
  context: SourceContext,
): Promise<boolean> {
  let eligible = 0;
  for await (const planned of plan) {
    if (isForBatch(context, planned)) eligible += 1;
    if (eligible > most) return true;
  }
  return false;
}

/**
 * A job copies each object to prefix + key and no further than 5 GiB, so other versions than the current one, long or
 * awkward keys and larger objects are the runner's. So are keys with a plus or a space, which the job's manifest and
 * report may encode either way, and objects without a version id, which nothing pins.
 */
function isForBatch(context: SourceContext, { version, destination }: PlannedCopy): boolean {
  return (
    version.versionId !== "null" &&
    version.size <= LARGEST_COPY &&
    !/[+ ]/.test(version.key) &&
    destination === `${context.folder}audit-logs/${version.key}` &&
    destination === destinationOf(context, version, false) &&
    !context.present.has(destination)
  );
}

/** Writes the job's manifest, or takes the one that a killed run has written. */
async function writeManifest(
  context: SourceContext,
  key: string,
  plan: () => AsyncIterable<PlannedCopy>,
): Promise<{ object: ManifestObject; item: ManifestItem }> {
  const { vault, clock, target } = context;
  const lines = async function* () {
    let waiting = "";
    for await (const planned of plan()) {
      if (!isForBatch(context, planned)) continue;
      const { key: name, versionId } = planned.version;
      waiting += `${target.auditBucket},${name.split("/").map(encodeURIComponent).join("/")},${versionId}\n`;
      if (waiting.length < 64 * 1024) continue;
      yield Buffer.from(waiting);
      waiting = "";
    }
    if (waiting !== "") yield Buffer.from(waiting);
  };
  const written = context.present.has(key)
    ? undefined
    : await streamItem(context, key, lines, {}, "csv as it is");
  const stored = await patiently(clock, () => headObject(vault, key));
  if (!stored) throw new Error(`s3://${vault.bucket}/${key} was written and cannot be found`);
  const head = new HeadObjectCommand({ Bucket: vault.bucket, Key: key });
  const { ETag = "" } = await patiently(clock, () => context.aws.s3.send(head));
  const sha256 = written?.sha256 ?? stored.sha256 ?? (await hashObject(vault, clock, key));
  const item = await documentItem(
    vault,
    { source: "audit-logs", uri: `s3://${target.auditBucket}` },
    { ...stored, sha256 },
  );
  const { versionId, lastModified } = stored;
  return { object: { key, versionId, etag: ETag, lastModified }, item: { ...item, method: "stream" } };
}

/** The job as S3 describes it when it has ended. */
function documentJob(context: SourceContext, jobId: string, job: JobDescriptor): Promise<ManifestItem[]> {
  return putDocument(context, {
    source: "audit-logs",
    name: `${BATCH_FOLDER}job`,
    uri: job.JobArn ?? `arn:aws:s3:${context.target.region}:${context.target.accountId}:job/${jobId}`,
    value: job,
  });
}
