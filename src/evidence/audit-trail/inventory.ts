import { type DeleteMarkerEntry, ListObjectVersionsCommand, type ObjectVersion } from "@aws-sdk/client-s3";
import type { Aws, Clock } from "../../ports.ts";
import { headObject } from "../../vault/vault.ts";
import { decodedKey, nextMarker } from "../../vault/versions.ts";
import { eachOf } from "../each.ts";
import type { SealedCapture } from "../manifest.ts";
import { pages } from "../pages.ts";
import { patiently } from "../patience.ts";
import { auditPrefixes } from "../sources/audit-prefixes.ts";
import type { Finding } from "./finding.ts";

/** Captured keys outside the window's listing are looked at one by one, up to so many: some minutes. */
const MOST_ASKED = 20_000;
const AT_ONCE = 16;

export interface InventoryDeps {
  s3: Aws["s3"];
  clock: Clock;
  bucket: string;
  /** Key layout of the audit bucket. */
  layout: string;
}

/**
 * Compares the audit bucket with what was captured from it: every version that a sealed capture copied must still be
 * there, and nothing captured or of the window may hide behind a delete marker. A version can only go if someone deleted it, or a
 * lifecycle rule did.
 */
export async function checkInventory(
  deps: InventoryDeps,
  window: { from: Date; to: Date },
  captures: readonly SealedCapture[],
): Promise<Finding[]> {
  const { bucket } = deps;
  if (captures.length === 0)
    return [
      {
        weight: "unclear",
        what: `the records in ${bucket}`,
        why: "there is no sealed capture to compare them with; preserve, and check again",
      },
    ];
  const versions = capturedVersions(captures, bucket);
  const unseen = new Map(versions);
  const captured = versions.size;
  const prefixes = auditPrefixes(deps.layout, window);
  const markers = await strikeOutListed(deps, prefixes, unseen);
  const inListing = captured - unseen.size;
  const outside = await checkOutside(deps, prefixes, versions, unseen);
  return [
    ...outside,
    ...(await confirmMissing(deps, unseen)),
    ...markers,
    {
      weight: "note",
      what: `the records in ${bucket}`,
      why: `${captured} captured versions were looked for, ${inListing} of them in the window's listing`,
    },
  ];
}

interface Version {
  key: string;
  versionId: string;
}

const nameOf = ({ key, versionId }: Version) => `${versionId} ${key}`;

/** Every version that sealed captures copied from the bucket. */
function capturedVersions(captures: readonly SealedCapture[], bucket: string): Map<string, Version> {
  const versions = new Map<string, Version>();
  const prefix = `s3://${bucket}/`;
  for (const { manifest } of captures) {
    for (const { origin } of manifest.items) {
      if (!origin.uri.startsWith(prefix) || origin.versionId === undefined) continue;
      const version = { key: origin.uri.slice(prefix.length), versionId: origin.versionId };
      versions.set(nameOf(version), version);
    }
  }
  return versions;
}

/** Lists the window's versions and takes them off the list. @returns the delete markers among them, as findings. */
async function strikeOutListed(
  deps: InventoryDeps,
  prefixes: readonly string[],
  unseen: Map<string, Version>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const prefix of prefixes) {
    for await (const { Versions = [], DeleteMarkers = [] } of listedBelow(deps, prefix)) {
      for (const version of Versions) unseen.delete(nameOf(versionOf(version)));
      findings.push(...DeleteMarkers.map((marker) => hidden(deps, marker)));
    }
  }
  return findings;
}

/**
 * The versions and delete markers of captured keys that the window's prefixes do not cover: a capture may have found
 * records by their time of writing, or be of another window. Each key is listed by itself, since what else lies beside
 * it may be years of records.
 */
async function checkOutside(
  deps: InventoryDeps,
  prefixes: readonly string[],
  versions: ReadonlyMap<string, Version>,
  unseen: Map<string, Version>,
): Promise<Finding[]> {
  const keys = new Set<string>();
  for (const { key } of versions.values())
    if (!prefixes.some((prefix) => key.startsWith(prefix))) keys.add(key);
  const findings: Finding[] = [];
  const looked = new Set([...keys].slice(0, MOST_ASKED));
  await eachOf(looked, AT_ONCE, async (key) => {
    for await (const { Versions = [], DeleteMarkers = [] } of listedBelow(deps, key)) {
      for (const version of Versions) unseen.delete(nameOf(versionOf(version)));
      const own = DeleteMarkers.filter(({ Key = "" }) => decodedKey(Key) === key);
      findings.push(...own.map((marker) => hidden(deps, marker)));
      // S3 lists a key before those that are longer.
      if ([...Versions, ...DeleteMarkers].some(({ Key = "" }) => decodedKey(Key) !== key)) break;
    }
  });
  let left = 0;
  for (const [name, { key }] of unseen) {
    if (!keys.has(key) || looked.has(key)) continue;
    unseen.delete(name);
    left += 1;
  }
  if (left > 0) {
    const why = `${left} captured versions outside the window's listing were not looked at: only the first ${MOST_ASKED} objects were`;
    findings.push({ weight: "unclear", what: `the records in ${deps.bucket}`, why });
  }
  return findings;
}

function listedBelow({ s3, clock, bucket }: InventoryDeps, prefix: string) {
  return pages(
    clock,
    (marker: ReturnType<typeof nextMarker>) =>
      s3.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: "url", ...marker }),
      ),
    nextMarker,
  );
}

function versionOf({ Key = "", VersionId = "null" }: ObjectVersion): Version {
  return { key: decodedKey(Key), versionId: VersionId };
}

function hidden(
  { bucket }: InventoryDeps,
  { Key = "", VersionId, LastModified }: DeleteMarkerEntry,
): Finding {
  return {
    weight: "tampered",
    what: `s3://${bucket}/${decodedKey(Key)}`,
    why: `was deleted at ${LastModified?.toISOString() ?? "an unknown time"}: delete marker ${VersionId ?? "null"} hides it`,
  };
}

/** What no listing showed is asked for by version once more, before it is called missing. */
async function confirmMissing(
  { s3, clock, bucket }: InventoryDeps,
  unseen: ReadonlyMap<string, Version>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  await eachOf([...unseen.values()].slice(0, MOST_ASKED), AT_ONCE, async ({ key, versionId }) => {
    const there = await patiently(clock, () => headObject({ s3, bucket }, key, versionId));
    if (there) return;
    const what = `s3://${bucket}/${key}?versionId=${versionId}`;
    findings.push({ weight: "tampered", what, why: "was captured, and is not in the bucket any more" });
  });
  if (unseen.size > MOST_ASKED) {
    const why = `${unseen.size - MOST_ASKED} more captured versions are missing in the listing`;
    findings.push({ weight: "tampered", what: `the records in ${bucket}`, why });
  }
  return findings;
}
