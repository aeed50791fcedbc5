import { describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { AuditInventory } from "../../src/evidence/sources/audit-inventory.ts";
import { listAgain, type SecondListing } from "../../src/evidence/sources/audit-listing-again.ts";
import { type AuditVersion, versionName } from "../../src/evidence/sources/audit-versions.ts";

const WINDOW = { from: new Date("2026-11-20T00:00:00Z"), to: new Date("2026-11-21T00:00:00Z") };
const INSIDE = new Date("2026-11-20T12:00:00Z");

function version(name: string, lastModified = INSIDE): AuditVersion {
  const [key = "", versionId = "v1"] = name.split("@");
  return { key, versionId, current: true, size: 1, etag: "e", lastModified };
}

/** In S3's order: by the keys' UTF-8 bytes. */
function sorted(versions: readonly AuditVersion[]): AuditVersion[] {
  return [...versions].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** A context whose audit bucket lists these versions, three a page. */
function context(versions: readonly AuditVersion[]): SourceContext {
  const listed = sorted(versions);
  const send = async ({ input }: { input: { VersionIdMarker?: string } }) => {
    const start = Number(input.VersionIdMarker ?? 0);
    const page = listed.slice(start, start + 3);
    return {
      Versions: page.map(({ key, versionId, lastModified, etag, size, current }) => ({
        Key: encodeURIComponent(key),
        VersionId: versionId,
        LastModified: lastModified,
        ETag: etag,
        Size: size,
        IsLatest: current,
      })),
      ...(start + 3 < listed.length
        ? { IsTruncated: true, NextKeyMarker: "marker", NextVersionIdMarker: String(start + 3) }
        : {}),
    };
  };
  return {
    aws: { s3: { send } },
    clock: { now: () => new Date(), sleep: async () => {} },
    target: { auditBucket: "audit" },
    window: WINDOW,
    earlier: [],
  } as unknown as SourceContext;
}

function inventory(versions: readonly AuditVersion[]): AuditInventory {
  const all = new AuditInventory();
  for (const one of sorted(versions)) all.push(one);
  return all;
}

const compare = (before: AuditVersion[], now: AuditVersion[]) =>
  listAgain(context(now), { prefixes: [""] }, inventory(before));
const names = ({ appeared, vanished }: SecondListing) => [
  ...vanished.map(({ what }) => `- ${what}`),
  ...appeared.map(
    ({ version, overwrites }) => `${overwrites ? "*" : "+"} s3://audit/${versionName(version)}`,
  ),
];

describe("the listing after the last copy, beside the one before the first", () => {
  // In UTF-16, which is how JavaScript compares, the emoji comes before the full-width tilde; in UTF-8 after it.
  const before = ["a@1", "a@2", "b", "d", "e", "\uFF5E", "😀", "😁"].map((name) => version(name));

  test("the same objects make no difference", async () => {
    const again = await compare(before, before);
    expect(again).toMatchObject({ versions: 8, deleteMarkers: [], arrivedLater: 0 });
    expect(names(again)).toEqual([]);
    expect([...again.inventory]).toEqual(sorted(before));
  });

  test("each version that appeared inside the window or vanished is named, whatever lies beside it", async () => {
    const now = ["a@2", "a@3", "b", "c", "e@2", "e", "\uFF5E", "😁", "😂"].map((name) => version(name));
    const again = await compare(before, now);
    expect(again.versions).toBe(9);
    expect(names(again).sort()).toEqual(
      [
        "- s3://audit/a?versionId=1",
        "* s3://audit/a?versionId=3",
        "+ s3://audit/c?versionId=v1",
        "- s3://audit/d?versionId=v1",
        "* s3://audit/e?versionId=2",
        "- s3://audit/😀?versionId=v1",
        "+ s3://audit/😂?versionId=v1",
      ].sort(),
    );
  });

  test("all gone, and all new", async () => {
    expect(names(await compare(before, []))).toHaveLength(8);
    expect(names(await compare([], before))).toHaveLength(8);
  });

  test("what came after the window's end is only counted", async () => {
    const late = version("c", new Date("2026-11-21T00:00:01Z"));
    const again = await compare(before, [...before, late]);
    expect(again.arrivedLater).toBe(1);
    expect(names(again)).toEqual([]);
  });

  test("what came after the window's end and was written over an object is this capture's", async () => {
    const late = version("b@2", new Date("2026-11-21T00:00:01Z"));
    const again = await compare(before, [...before, late]);
    expect(names(again)).toEqual(["* s3://audit/b?versionId=2"]);
  });

  test("without versions, what was written over an object shows in its ETag", async () => {
    const first = { ...version("b@null"), etag: "old" };
    const second = { ...version("b@null"), etag: "new" };
    expect(names(await compare([first], [second]))).toEqual([
      "- s3://audit/b?versionId=null",
      "* s3://audit/b?versionId=null",
    ]);
  });
});
