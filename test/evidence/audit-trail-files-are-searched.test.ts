import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { checkTrailFiles } from "../../src/evidence/audit-trail/files.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import type { ManifestItem } from "../../src/evidence/source-schema.ts";
import { putOnce } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";
import { manifestOf } from "../support/sealed.ts";

const ORIGIN = "s3://trail-dev/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/";
const watched = { bucket: "audit-dev", trail: null, policy: null };

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

const record = (eventName: string, changes: object = {}) => ({
  eventID: `id-${eventName}`,
  eventName,
  eventTime: "2026-11-21T02:00:00Z",
  eventCategory: "Data",
  awsRegion: "eu-west-1",
  sourceIPAddress: "203.0.113.9",
  userIdentity: { arn: "arn:aws:iam::111122223333:user/mallory" },
  requestParameters: { bucketName: "audit-dev", key: "servicenow/2026/11/21/1.ndjson" },
  ...changes,
});

/** A sealed capture with these files of a trail. */
async function captured(...files: Buffer[]): Promise<SealedCapture> {
  const items: ManifestItem[] = [];
  for (const [index, file] of files.entries()) {
    const key = `incidents/INC-42/captures/7001/cloudtrail/trail/${index}.json.gz`;
    await putOnce(platform.vault, key, file, { contentType: "application/gzip" });
    const template = manifestOf(1).items[0] as ManifestItem;
    items.push({ ...template, source: "cloudtrail", key, origin: { uri: `${ORIGIN}${index}.json.gz` } });
  }
  const manifest = { ...manifestOf(0), items };
  return { capture: "7001", manifest, key: "", versionId: null, sha256: "" };
}

const file = (...records: object[]) => gzipSync(JSON.stringify({ Records: records }));
const look = async (...captures: SealedCapture[]) =>
  checkTrailFiles(
    { vault: platform.vault, clock: { now: () => new Date(), sleep: async () => {} } },
    captures,
    watched,
  );

test("a deletion among the data events is tampering, by event, person, place and object", async () => {
  const findings = await look(await captured(file(record("GetObject"), record("DeleteObject"))));
  expect(findings).toEqual([
    {
      weight: "tampered",
      changed: { by: "arn:aws:iam::111122223333:user/mallory", at: "2026-11-21T02:00:00.000Z" },
      what: "DeleteObject (id-DeleteObject)",
      why: "by arn:aws:iam::111122223333:user/mallory from 203.0.113.9 in eu-west-1 at 2026-11-21T02:00:00.000Z: s3://audit-dev/servicenow/2026/11/21/1.ndjson",
    },
    expect.objectContaining({
      weight: "note",
      why: expect.stringMatching(/^2 data events of audit-dev in 1 /),
    }),
  ]);
});

test("a refused deletion is an attempt, one in another bucket nothing", async () => {
  const refused = record("DeleteObjects", { errorCode: "AccessDenied" });
  const elsewhere = record("DeleteObject", { requestParameters: { bucketName: "other", key: "x" } });
  const findings = await look(await captured(file(refused), file(elsewhere)));
  expect(findings.map(({ weight }) => weight)).toEqual(["attempt", "note"]);
});

test("files without data events say that deletions are not recorded", async () => {
  const management = record("PutBucketPolicy", { eventCategory: "Management" });
  expect(await look(await captured(file(management)))).toEqual([
    expect.objectContaining({
      weight: "note",
      why: expect.stringContaining("does not record its DeleteObject calls"),
    }),
  ]);
});

test.each([
  ["a resource without an ARN", { resources: [{ accountId: "1", ARN: null }, null] }],
  ["a person without an ARN", { userIdentity: { type: "Unknown", arn: null } }],
  ["no region", { awsRegion: null, sourceIPAddress: null, errorCode: null }],
  ["no time", { eventTime: null }],
  ["no category, as in older records", { eventCategory: null, managementEvent: false }],
])("a deletion whose record has %s is found all the same", async (_what, changes) => {
  const findings = await look(await captured(file(record("DeleteObject", changes))));
  expect(findings.map(({ weight }) => weight)).toEqual(["tampered", "note"]);
});

test("records that have another form, and a file without records, make it unclear", async () => {
  const odd = [record("DeleteObject", { requestParameters: "all" }), { eventName: 7 }, "x"] as object[];
  const findings = await look(await captured(file(...odd), gzipSync("{}")));
  expect(findings).toContainEqual({
    weight: "unclear",
    what: expect.stringContaining("trail/0.json.gz"),
    why: "3 of its 3 records could not be read, and may be deletions",
  });
  expect(findings).toContainEqual({
    weight: "unclear",
    what: expect.stringContaining("trail/1.json.gz"),
    why: expect.stringContaining("no list of records"),
  });
});

test("a file that cannot be read makes it unclear; no file at all is said", async () => {
  const findings = await look(await captured(Buffer.from("no gzip")));
  expect(findings[0]).toMatchObject({ weight: "unclear", what: expect.stringContaining("trail/0.json.gz") });
  expect(await look()).toEqual([
    expect.objectContaining({
      weight: "note",
      why: expect.stringContaining("no sealed capture has files of a trail"),
    }),
  ]);
});
