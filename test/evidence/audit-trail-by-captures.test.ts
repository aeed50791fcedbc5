import { expect, test } from "@jest/globals";
import { checkCaptured } from "../../src/evidence/audit-trail/captured.ts";
import { verdictOf } from "../../src/evidence/audit-trail/finding.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import type { ManifestSource, SourceOf } from "../../src/evidence/source-schema.ts";
import { manifestOf } from "../support/sealed.ts";

const GONE = "it vanished from the audit bucket while it was being captured";
const base = { expected: {}, collected: {}, gaps: [] };

function captured(capture: string, ...sources: ManifestSource[]): SealedCapture {
  return { capture, manifest: { ...manifestOf(0), capture, sources }, key: "", versionId: null, sha256: "" };
}

function records(changes: Partial<SourceOf<"audit-logs">>): ManifestSource {
  return { source: "audit-logs", status: "partial", ...base, deleteMarkers: [], ...changes };
}

function trail(
  verdict: "valid" | "invalid" | "unknown",
  ...problems: { what: string; why: string }[]
): ManifestSource {
  const place = {
    name: "t",
    bucket: "b",
    prefix: "",
    logFiles: 1,
    digestFiles: 1,
    from: null,
    through: null,
  };
  return {
    source: "cloudtrail",
    status: "complete",
    ...base,
    lookups: [],
    trail: { ...place, verdict, problems },
  };
}

test("a record that vanished while it was captured is tampering, by capture, once", () => {
  const what = "s3://audit-dev/servicenow/1?versionId=v1";
  const gaps = [
    { what, why: "NoSuchVersion: it is not there" },
    { what, why: GONE },
    { what: "s3://audit-dev/large", why: "no full-object SHA-256" },
  ];
  const later = records({ gaps: [{ what, why: `as capture 7001 saw: ${GONE}` }] });
  const findings = checkCaptured(
    [captured("7001-2", later), captured("7001", records({ gaps }))],
    "audit-dev",
  );
  expect(findings).toEqual([
    { weight: "tampered", what, why: "vanished from the bucket while capture 7001-2 copied it" },
  ]);
});

test("a delete marker that a capture listed is tampering, even if it has been taken away since", () => {
  const deleteMarkers = [{ key: "servicenow/1", versionId: "m1", at: "2026-11-21T01:00:00.000Z" }];
  expect(checkCaptured([captured("7001", records({ deleteMarkers }))], "audit-dev")).toEqual([
    {
      weight: "tampered",
      what: "s3://audit-dev/servicenow/1",
      why: "was deleted at 2026-11-21T01:00:00.000Z: capture 7001 found delete marker m1",
    },
  ]);
});

test.each([
  ["was changed: a digest states another SHA-256", "tampered"],
  ["was deleted; capture 7001 holds it", "tampered"],
  ["missing: it stands in a digest", "tampered"],
  ["has a signature that does not hold", "tampered"],
  ["stands in no digest file, though one covers the time of its delivery", "tampered"],
  ["cannot be read: AccessDenied: no", "unclear"],
  ["d begins the chain: logging or validation was off before", "unclear"],
])("a trail's file that %s makes it %s", (why, verdict) => {
  const findings = checkCaptured(
    [captured("7001", trail("invalid", { what: "AWSLogs/1.json.gz", why }))],
    "b",
  );
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ what: "AWSLogs/1.json.gz", why: expect.stringContaining(why) });
  expect(verdictOf(findings)).toBe(verdict);
});

test("a trail that is valid, or was not validated, is no sign; nor is a capture without gaps", () => {
  const off = { what: "trail t", why: "log file validation is off" };
  const captures = [captured("7002", trail("unknown", off)), captured("7001", trail("valid"), records({}))];
  expect(checkCaptured(captures, "b")).toEqual([]);
});
