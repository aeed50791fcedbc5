import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { tamperWithTrail } from "../../drill/aws/trail-tampering.ts";
import { collectTrail } from "../../src/evidence/sources/cloudtrail.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { REGION } from "../support/preserve-platform.ts";
import {
  destroy,
  filesOf,
  HOUR_MS,
  startTrailPlatform,
  type TrailPlatform,
  textOf,
} from "../support/trail-files.ts";

let world: TrailPlatform;
afterEach(() => world.close());

const collect = async () => collectTrail(await world.context());
const TRAIL = "incidents/INC-42/captures/7001/cloudtrail/trail/";

describe("the trail's own files", () => {
  test("are copied with their digests, validated by the chain, and hold the same events as the history", async () => {
    world = await startTrailPlatform();
    const { record, items } = await collect();
    expect(record.gaps).toEqual([]);
    expect(record).toMatchObject({ status: "complete", pending: [] });
    expect(record.trail).toMatchObject({
      name: "aiconnectors-trail-dev",
      bucket: world.bucket,
      prefix: "logs",
      verdict: "valid",
      problems: [],
    });
    expect(Date.parse(record.trail?.from ?? "")).toBeLessThanOrEqual(world.to - 24 * HOUR_MS);
    expect(Date.parse(record.trail?.through ?? "")).toBeGreaterThan(world.to);
    expect(record.expected).toMatchObject({ logFiles: record.collected.logFiles });
    expect(record.collected).toMatchObject({ events: 73, eventsInBoth: 73 });
    const copies = items.filter(({ key }) => key.startsWith(TRAIL));
    expect(copies.every(({ method }) => method === "copy")).toBe(true);
    expect(copies.filter(({ detail }) => detail?.kind === "log")).toHaveLength(
      Number(record.collected.logFiles),
    );
    expect(copies.filter(({ detail }) => detail?.kind === "digest")).toHaveLength(
      record.trail?.digestFiles ?? 0,
    );
    for (const { key, sha256: digest, origin } of copies.slice(0, 5)) {
      expect(digest).toBe(sha256((await readObject(world.platform.vault, key)) ?? ""));
      expect(origin.uri).toBe(`s3://${world.bucket}/${key.slice(TRAIL.length)}`);
    }
    expect(items.map(({ key }) => key)).toContain(
      `incidents/INC-42/captures/7001/cloudtrail/public-keys/${REGION}.json`,
    );
  });

  test("no byte of the trail's bucket is written by the runner: the copies are made inside S3", async () => {
    world = await startTrailPlatform();
    const { items } = await collect();
    const copies = items.filter(({ key }) => key.startsWith(TRAIL)).length;
    expect(world.platform.operations("s3").filter((one) => one === "CopyObject")).toHaveLength(copies);
  });

  test("a missing digest breaks the chain, and is named by the one after it", async () => {
    world = await startTrailPlatform();
    const digests = filesOf(world, "CloudTrail-Digest");
    const gone = digests[10] ?? "";
    const listed = JSON.parse(await textOf(world, gone)).logFiles.length;
    destroy(world, gone);
    const { record } = await collect();
    expect(record).toMatchObject({ status: "partial", trail: { verdict: "invalid" } });
    expect(record.gaps).toContainEqual({
      what: gone,
      why: `missing: ${digests[11]} names it as the digest file before it`,
    });
    const unvouched = record.gaps.filter(({ why }) => why.startsWith("stands in no digest file"));
    expect(listed).toBeGreaterThan(0);
    expect(unvouched).toHaveLength(listed);
    const end = Date.parse(JSON.parse(await textOf(world, digests[11] ?? "")).digestStartTime);
    expect(Date.parse(record.trail?.from ?? "")).toBe(end);
  });

  test("an altered digest has a signature that does not hold, and proves nothing of its log files", async () => {
    world = await startTrailPlatform();
    const digests = filesOf(world, "CloudTrail-Digest");
    const altered = await tamperWithTrail(world.platform.server.s3, world.trail, "alter-digest", {
      region: REGION,
      at: world.to - 6 * HOUR_MS,
    });
    expect(digests).toContain(altered);
    const { record, items } = await collect();
    expect(record.trail?.verdict).toBe("invalid");
    expect(record.gaps).toContainEqual({ what: altered, why: "has a signature that does not hold" });
    expect(items.map(({ key }) => key)).toContain(`${TRAIL}${altered}`);
  });

  test("a digest that is signed with a key of somebody else's is not believed", async () => {
    world = await startTrailPlatform();
    const [first = "", key = ""] = filesOf(world, "CloudTrail-Digest").slice(-8);
    const other = JSON.parse(await textOf(world, key));
    const version = world.platform.server.s3.bucket(world.bucket).current(key);
    const forged = { ...other, digestPublicKeyFingerprint: "00000000000000000000000000000000" };
    world.platform.server.s3.seedObject(world.bucket, key, gzipSync(JSON.stringify(forged)), {
      lastModified: version?.lastModified ?? 0,
      metadata: version?.metadata ?? {},
    });
    const { record } = await collect();
    expect(first).not.toBe("");
    expect(record.gaps).toContainEqual({
      what: key,
      why: "names a key that CloudTrail does not list for this region and time",
    });
  });

  test("a digest in another's place was moved", async () => {
    world = await startTrailPlatform();
    const [one = "", two = ""] = filesOf(world, "CloudTrail-Digest").slice(-9);
    const { s3 } = world.platform.server;
    const version = s3.bucket(world.bucket).current(one);
    const body = await s3.readObject(world.bucket, one);
    s3.seedObject(world.bucket, two, body, { metadata: version?.metadata ?? {} });
    const { record } = await collect();
    expect(record.gaps).toContainEqual({
      what: two,
      why: "was moved: by its own words it belongs elsewhere",
    });
  });

  test.each([
    ["alter-log-file", /^was changed: .+CloudTrail-Digest.+ states another SHA-256$/],
    ["delete-log-file", /^missing: it stands in .+CloudTrail-Digest/],
    ["add-log-file", /^stands in no digest file, though one covers the time of its delivery$/],
  ] as const)("%s is named", async (tampering, why) => {
    world = await startTrailPlatform();
    filesOf(world, "CloudTrail");
    const at = world.to - 6 * HOUR_MS;
    const key = await tamperWithTrail(world.platform.server.s3, world.trail, tampering, {
      region: REGION,
      at,
    });
    const { record, items } = await collect();
    expect(record).toMatchObject({ status: "partial", trail: { verdict: "invalid" } });
    expect(record.gaps).toContainEqual({ what: key, why: expect.stringMatching(why) });
    expect(items.some((item) => item.key === `${TRAIL}${key}`)).toBe(tampering !== "delete-log-file");
  });

  test("a log file that was overwritten is noticed by its versions", async () => {
    world = await startTrailPlatform();
    const key = filesOf(world, "CloudTrail")[20] ?? "";
    world.platform.server.s3.seedObject(world.bucket, key, gzipSync('{"Records":[]}'));
    const { record } = await collect();
    expect(record.trail?.problems).toContainEqual({
      what: key,
      why: "was written 2 times; CloudTrail writes a file once",
    });
  });

  test("what a backfill digest vouches for is vouched for", async () => {
    world = await startTrailPlatform();
    const held = { from: world.to - 8 * HOUR_MS, to: world.to - 6 * HOUR_MS, backfillAt: world.to };
    await world.close();
    world = await startTrailPlatform(4 * HOUR_MS, { heldBack: held });
    const backfills = filesOf(world, "CloudTrail-Digest").filter((key) => key.endsWith("_backfill.json.gz"));
    expect(backfills.length).toBeGreaterThan(1);
    const { record } = await collect();
    expect(record.gaps).toEqual([]);
    expect(record.trail?.verdict).toBe("valid");
    destroy(world, backfills[0] ?? "");
    const { record: after } = await collect();
    expect(after.gaps).toContainEqual({ what: backfills[0], why: expect.stringContaining("missing: ") });
  });

  test("names that are no files of this trail are left alone", async () => {
    world = await startTrailPlatform();
    const [log = ""] = filesOf(world, "CloudTrail");
    const folder = log.slice(0, log.lastIndexOf("/") + 1);
    for (const name of ["../x.json.gz", "other_CloudTrail_eu-west-1_20261120T0000Z_a.json.gz", ""])
      world.platform.server.s3.seedObject(world.bucket, `${folder}${name}`, "x");
    const { record } = await collect();
    expect(record.trail?.verdict).toBe("valid");
  });
});
