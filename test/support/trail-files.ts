import { gunzipSync } from "node:zlib";
import type { Trail, TrailSeed } from "../../drill/aws/trail.ts";
import type { SourceContext } from "../../src/evidence/context.ts";
import { captureFolder } from "../../src/evidence/manifest.ts";
import type { collectTrail } from "../../src/evidence/sources/cloudtrail.ts";
import { listKeys } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, TRAIL_BUCKET, target } from "./preserve-platform.ts";

/** A platform whose trail has files of a day, and whose clock can be moved on. */

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** Events of the day before, one every so many minutes. */
const EVERY_MINUTES = 20;

export interface TrailPlatform {
  platform: PreservePlatform;
  trail: Trail;
  bucket: string;
  /** When the evidence window ends. */
  to: number;
  event(name: string, at: number, more?: object): void;
  moveOn(ms: number): void;
  /** What the source is given, for a capture of this id, and the captures that it adds to. */
  context(capture?: string, earlier?: SourceContext["earlier"]): Promise<SourceContext>;
  close(): Promise<void>;
}

export type Result = Awaited<ReturnType<typeof collectTrail>>;

/**
 * The window ends `ago` before now: with a few hours everything of it is delivered. The trail's settings replace the
 * ordinary ones.
 */
export async function startTrailPlatform(
  ago = 4 * HOUR_MS,
  seed: Partial<TrailSeed> = {},
): Promise<TrailPlatform> {
  const platform = await startPreservePlatform({ speed: 100 });
  const { clock, server } = platform;
  const now = clock.now.bind(clock);
  let skipped = 0;
  clock.now = () => now() + skipped;
  const to = Math.floor((clock.now() - ago) / 1000) * 1000;
  for (const other of server.cloudtrail.trails()) server.cloudtrail.removeTrail(other);
  const bucket = `${TRAIL_BUCKET}-2`;
  server.s3.createBucket(bucket);
  const event: TrailPlatform["event"] = (eventName, eventTime, more = {}) =>
    server.cloudtrail.seed({
      eventName,
      eventTime,
      eventSource: "ssm.amazonaws.com",
      username: "someone",
      ...more,
    });
  for (let minute = 0; minute < 24 * 60; minute += EVERY_MINUTES)
    event(minute % 60 === 0 ? "PutParameter" : "GetParameter", to - 24 * HOUR_MS + minute * MINUTE_MS);
  event("CreateUser", to - 5 * HOUR_MS, { eventSource: "iam.amazonaws.com" });
  const trail = server.cloudtrail.createTrail({
    name: target.trail ?? "",
    bucket,
    prefix: "logs",
    since: to - 26 * HOUR_MS - 91_000,
    ...seed,
  });
  return {
    platform,
    trail,
    bucket: trail.bucket,
    to,
    event,
    moveOn: (ms) => {
      skipped += ms;
    },
    context: async (capture = "7001", earlier = []) => {
      const folder = captureFolder("INC-42", capture);
      return {
        ...(await platform.source()),
        capture,
        folder,
        earlier,
        window: { from: new Date(to - 24 * HOUR_MS), to: new Date(to) },
        present: new Set(await listKeys(platform.vault, folder)),
      };
    },
    close: () => platform.close(),
  };
}

/** A result as the sealed capture that a later one adds to. */
export function sealedAs(capture: string, { record, items }: Result): SourceContext["earlier"][number] {
  const manifest = { sources: [record], items } as unknown as SourceContext["earlier"][number]["manifest"];
  return { capture, manifest, key: "", versionId: null, sha256: "" };
}

/** The trail's log or digest files of a region, oldest first. */
export function filesOf(
  { platform, bucket }: TrailPlatform,
  kind: "CloudTrail" | "CloudTrail-Digest",
  region = target.region,
): string[] {
  platform.server.cloudtrail.deliver();
  return [...platform.server.s3.currentKeys(bucket)].filter((key) => key.includes(`/${kind}/${region}/`));
}

export async function textOf({ platform, bucket }: TrailPlatform, key: string): Promise<string> {
  return gunzipSync(await platform.server.s3.readObject(bucket, key)).toString("utf8");
}

/** Takes a file away for good, as somebody may who gets past the bucket's policy. */
export function destroy({ platform, bucket }: TrailPlatform, key: string): void {
  const place = platform.server.s3.bucket(bucket);
  for (const { versionId } of [...place.versions(key)]) place.remove(key, versionId);
}
