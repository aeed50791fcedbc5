import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Clock } from "../../ports.ts";
import { readObject, type Vault } from "../../vault/vault.ts";
import type { SealedCapture } from "../manifest.ts";
import { patiently } from "../patience.ts";
import type { ManifestItem } from "../source-schema.ts";
import { judge, OBJECT_CHANGES, type Watched } from "./events.ts";
import type { Finding } from "./finding.ts";
import { readRecord } from "./record.ts";

const unzip = promisify(gunzip);
/** A trail's file holds some thousand records; this many are read in a few minutes. */
const MOST_FILES = 20_000;
const AT_ONCE = 8;
/** What CloudTrail's files unpack to at the most; more is no file of CloudTrail. */
const LARGEST_FILE = 256 * 1024 * 1024;

/**
 * Looks through the trail's own files in the sealed captures for what the event history does not have: data events,
 * that is to say deletions and changed retention of single objects. Without data events in the files it says so.
 */
export async function checkTrailFiles(
  deps: { vault: Vault; clock: Clock },
  captures: readonly SealedCapture[],
  watched: Watched,
): Promise<Finding[]> {
  const files = trailFiles(captures);
  const what = "data events of CloudTrail";
  if (files.length === 0)
    return [
      {
        weight: "note",
        what,
        why: "no sealed capture has files of a trail, so a DeleteObject would show only by what is missing in the bucket",
      },
    ];
  const read = files.slice(0, MOST_FILES);
  const seen = { findings: [] as Finding[], dataEvents: 0 };
  for (let start = 0; start < read.length; start += AT_ONCE)
    await Promise.all(read.slice(start, start + AT_ONCE).map((file) => lookInto(deps, file, watched, seen)));
  if (files.length > read.length) {
    const why = `only the first ${read.length} of the trail's ${files.length} files were looked through`;
    seen.findings.push({ weight: "unclear", what, why });
  }
  const recorded =
    seen.dataEvents === 0
      ? `the trail's ${read.length} captured files hold no data event of ${watched.bucket}: CloudTrail does not record its DeleteObject calls`
      : `${seen.dataEvents} data events of ${watched.bucket} in ${read.length} captured files of the trail were looked through`;
  return [...seen.findings, { weight: "note", what, why: recorded }];
}

function trailFiles(captures: readonly SealedCapture[]): ManifestItem[] {
  const isLog = ({ source, origin }: ManifestItem) =>
    source === "cloudtrail" && /\/CloudTrail\/.*\.json\.gz$/.test(origin.uri);
  const found = captures.flatMap(({ manifest }) => manifest.items.filter(isLog));
  return [...new Map(found.map((item) => [item.origin.uri, item])).values()];
}

async function lookInto(
  { vault, clock }: { vault: Vault; clock: Clock },
  { key }: ManifestItem,
  watched: Watched,
  seen: { findings: Finding[]; dataEvents: number },
): Promise<void> {
  try {
    const bytes = await patiently(clock, () => readObject(vault, key));
    const unpacked = await unzip(bytes ?? Buffer.alloc(0), { maxOutputLength: LARGEST_FILE });
    const { Records } = JSON.parse(unpacked.toString("utf8")) as { Records?: unknown };
    if (!Array.isArray(Records)) throw new Error("it is no list of records");
    let unread = 0;
    for (const raw of Records) {
      const event = readRecord(raw);
      if (!event) unread += 1;
      if (event?.category !== "Data") continue;
      if (event.parameters.bucketName === watched.bucket) seen.dataEvents += 1;
      if (!(OBJECT_CHANGES as readonly string[]).includes(event.name)) continue;
      const finding = judge(event, watched);
      if (finding) seen.findings.push(finding);
    }
    if (unread > 0) {
      const why = `${unread} of its ${Records.length} records could not be read, and may be deletions`;
      seen.findings.push({ weight: "unclear", what: key, why });
    }
  } catch (error) {
    const { name, message } = error as Error;
    seen.findings.push({
      weight: "unclear",
      what: key,
      why: `could not be looked through: ${name}: ${message}`,
    });
  }
}
