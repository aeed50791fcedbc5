/** What somebody may do to a trail's files, past CloudTrail and past the bucket's policy. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { S3Store } from "./s3/store.ts";
import type { Trail } from "./trail.ts";
import { fileTime } from "./trail-names.ts";

export type Tampering =
  | "delete-digest"
  | "alter-digest"
  | "delete-log-file"
  | "alter-log-file"
  | "add-log-file";

/**
 * Does it to the first file of the region that was named for `at` or later. Returns the file's key.
 * Rejects when there is no such file yet.
 */
export async function tamperWithTrail(
  store: S3Store,
  trail: Trail,
  tampering: Tampering,
  { region, at }: { region: string; at: number },
): Promise<string> {
  const folder = tampering.endsWith("digest") ? "/CloudTrail-Digest/" : "/CloudTrail/";
  const keys = [...store.currentKeys(trail.bucket)].filter((key) => key.includes(`${folder}${region}/`));
  const since = fileTime(at).slice(0, 13);
  const key = keys.find((one) => (/_(\d{8}T\d{4})[^/]*$/.exec(one)?.[1] ?? "") >= since);
  const bucket = store.bucket(trail.bucket);
  const version = key === undefined ? undefined : bucket.current(key);
  if (key === undefined || !version) throw new Error(`the trail has no file to ${tampering} yet`);
  const { lastModified, metadata } = version;
  if (tampering.startsWith("delete")) bucket.remove(key, version.versionId);
  else if (tampering === "add-log-file") {
    const added = key.replace(/_[0-9a-f]{16}\.json\.gz$/, "_00000000000000ff.json.gz");
    store.seedObject(trail.bucket, added, gzipSync(JSON.stringify({ Records: [] })), { lastModified });
    return added;
  } else {
    const text = gunzipSync(await store.readObject(trail.bucket, key)).toString("utf8");
    const altered = text.replace(
      /"(eventName|newestEventTime)":("[^"]*"|null)/,
      '"$1":"2020-01-01T00:00:00Z"',
    );
    bucket.remove(key, version.versionId);
    store.seedObject(trail.bucket, key, gzipSync(altered), { lastModified, metadata });
  }
  return key;
}
