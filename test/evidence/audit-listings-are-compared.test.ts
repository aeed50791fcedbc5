import { describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { AuditInventory } from "../../src/evidence/sources/audit-inventory.ts";
import { listAgain } from "../../src/evidence/sources/audit-listing-again.ts";
import type { AuditVersion } from "../../src/evidence/sources/audit-versions.ts";

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
      Versions: page.map(({ key, versionId, lastModified }) => ({
        Key: encodeURIComponent(key),
        VersionId: versionId,
        LastModified: lastModified,
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
  } as unknown as SourceContext;
}

function inventory(versions: readonly AuditVersion[]): AuditInventory {
  const all = new AuditInventory();
  for (const one of sorted(versions)) all.push(one);
  return all;
}

const compare = (before: AuditVersion[], now: AuditVersion[]) =>
  listAgain(context(now), [""], inventory(before));
const names = (differences: { what: string; why: string }[]) =>
  differences.map(({ what, why }) => `${why.startsWith("it vanished") ? "-" : "+"} ${what}`);

describe("the listing after the last copy, beside the one before the first", () => {
  // In UTF-16, which is how JavaScript compares, the emoji comes before the full-width tilde; in UTF-8 after it.
  const before = ["a@1", "a@2", "b", "d", "e", "\uFF5E", "😀", "😁"].map((name) => version(name));

  test("the same objects make no difference", async () => {
    const again = await compare(before, before);
    expect(again).toEqual({ versions: 8, deleteMarkers: [], arrivedLater: 0, differences: [] });
  });

  test("each version that appeared inside the window or vanished is named, whatever lies beside it", async () => {
    const now = ["a@2", "a@3", "b", "c", "e@2", "e", "\uFF5E", "😁", "😂"].map((name) => version(name));
    const { versions, differences } = await compare(before, now);
    expect(versions).toBe(9);
    expect(names(differences).sort()).toEqual(
      [
        "- s3://audit/a?versionId=1",
        "+ s3://audit/a?versionId=3",
        "+ s3://audit/c?versionId=v1",
        "- s3://audit/d?versionId=v1",
        "+ s3://audit/e?versionId=2",
        "- s3://audit/😀?versionId=v1",
        "+ s3://audit/😂?versionId=v1",
      ].sort(),
    );
  });

  test("all gone, and all new", async () => {
    expect((await compare(before, [])).differences).toHaveLength(8);
    expect((await compare([], before)).differences).toHaveLength(8);
  });

  test("what came after the window's end is only counted", async () => {
    const late = version("c", new Date("2026-11-21T00:00:01Z"));
    expect(await compare(before, [...before, late])).toMatchObject({ arrivedLater: 1, differences: [] });
  });
});
