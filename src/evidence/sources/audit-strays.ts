import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import { decodedKey, nextMarker } from "../../vault/versions.ts";
import type { SourceContext } from "../context.ts";
import { pages } from "../pages.ts";
import type { Gap } from "../source-schema.ts";
import { type AuditScope, deliveredBy, prefixesOf } from "./audit-scope.ts";

/** So many pages of a folder are looked at, a thousand names each: a bucket of years may hold millions beside the layout. */
const PAGES = 10;
/** So many folders beside the layout are looked into. */
const FOLDERS = 20;
/** AWS's own services deliver there; the trail's files are the source `cloudtrail`. */
const OF_AWS = "AWSLogs/";

/** What the gap about an object outside the key layout says; by it a later capture knows the gap again. */
export const STRAY = "outside the runbook's audit_log_layout";

/** What was written in the window and lies beside the key layout. */
export interface Strays {
  gaps: Gap[];
  /** For the end of the manifest's `counted`: what was looked at and what was not. */
  counted: string;
}

/**
 * Looks for objects of the window that the key layout does not lead to: a service may write to two places, or begin to
 * write elsewhere. Every folder on the way to the window's days is listed by its subfolders; one whose name is no date
 * of the layout is looked into. What is found there is not collected but named: which of it are audit logs, only the
 * runbook can say. Read-only, bounded, never throws.
 */
export async function findStrays(context: SourceContext, scope: AuditScope): Promise<Strays> {
  const { auditBucket, auditLayout } = context.target;
  const start = auditLayout.search(TOKEN);
  if (scope.layout !== undefined || start < 0) return { gaps: [], counted: "" };
  const root = `s3://${auditBucket}/${auditLayout.slice(0, start)}`;
  const unseen: string[] = [];
  try {
    const found = await Promise.all(
      levelsOf(auditLayout, prefixesOf(scope)).map((level) => besideLevel(context, level, unseen)),
    );
    const left =
      unseen.length === 0 ? "" : `, but for ${unseen.map((at) => `s3://${auditBucket}/${at}`).join(", ")}`;
    return {
      gaps: found.flat().map(({ prefix, count }) => ({
        what: `s3://${auditBucket}/${prefix}`,
        why: `${count} versions or delete markers of the window lie here, ${STRAY} ${auditLayout}, and were not collected: correct the layout and preserve again`,
      })),
      counted: `; and what lies beside the key layout below ${root}${left}`,
    };
  } catch (error) {
    const { name, message } = error as Error;
    const why = `what lies ${STRAY} ${auditLayout} could not be looked for: ${name}: ${message}`;
    return { gaps: [{ what: `the folders below ${root}`, why }], counted: "" };
  }
}

const TOKEN = /\{(?:yyyy|MM|dd|HH)\}/;

/** A folder on the way to the window's days, and what the layout's own entries in it are called. */
interface Level {
  folder: string;
  own: RegExp;
}

/** From the layout's first date to its last: what lies beside the dates, and not what lies in a day's folder. */
function levelsOf(layout: string, prefixes: readonly string[]): Level[] {
  const start = layout.search(TOKEN);
  const end = layout.lastIndexOf("}") + 1;
  const slash = layout.indexOf("/", end);
  const segments = layout.slice(start, slash < 0 ? layout.length : slash + 1).split(/(?<=\/)/);
  const levels = new Map<string, Level>();
  for (const prefix of prefixes) {
    let length = start;
    for (const segment of segments) {
      const folder = prefix.slice(0, length);
      levels.set(folder, { folder, own: namesOf(segment) });
      length += segment.replaceAll("{yyyy}", "yyyy").replaceAll(/\{(..)\}/g, "$1").length;
    }
  }
  return [...levels.values()];
}

function namesOf(segment: string): RegExp {
  const parts = segment.split(/(\{(?:yyyy|MM|dd|HH)\})/).map((part) => {
    if (TOKEN.test(part)) return part === "{yyyy}" ? "\\d{4}" : "\\d{2}";
    return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}${segment.endsWith("/") ? "$" : ""}`);
}

async function besideLevel(
  context: SourceContext,
  { folder, own }: Level,
  unseen: string[],
): Promise<{ prefix: string; count: number }[]> {
  const isOwn = (key: string) => own.test(key.slice(folder.length));
  const folders: string[] = [];
  let loose = 0;
  for await (const page of pagesOf(context, folder, unseen, "/")) {
    for (const { Prefix = "" } of page.CommonPrefixes ?? []) {
      const key = decodedKey(Prefix);
      if (!isOwn(key) && key !== OF_AWS) folders.push(key);
    }
    loose += writtenIn(context, page, (key) => key !== folder && !isOwn(key));
  }
  if (folders.length > FOLDERS) unseen.push(`${folder} (${folders.length - FOLDERS} more folders)`);
  const found = loose === 0 ? [] : [{ prefix: folder, count: loose }];
  for (const prefix of folders.slice(0, FOLDERS)) {
    let count = 0;
    for await (const page of pagesOf(context, prefix, unseen)) count += writtenIn(context, page, () => true);
    if (count > 0) found.push({ prefix, count });
  }
  return found;
}

/** How many entries of a page were written in the window, or delivered late for it. */
function writtenIn(
  context: SourceContext,
  { Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput,
  isMeant: (key: string) => boolean,
): number {
  const [from, to] = [context.window.from, deliveredBy(context)];
  return [...Versions, ...DeleteMarkers].filter(
    ({ Key = "", LastModified = from }) =>
      LastModified >= from && LastModified <= to && isMeant(decodedKey(Key)),
  ).length;
}

async function* pagesOf(
  { aws, clock, target }: SourceContext,
  prefix: string,
  unseen: string[],
  Delimiter?: string,
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let seen = 0;
  const listing = pages(
    clock,
    (marker: ReturnType<typeof nextMarker>) =>
      aws.s3.send(
        new ListObjectVersionsCommand({
          Bucket: target.auditBucket,
          Prefix: prefix,
          EncodingType: "url",
          ...(Delimiter === undefined ? {} : { Delimiter }),
          ...marker,
        }),
      ),
    nextMarker,
  );
  for await (const page of listing) {
    yield page;
    seen += 1;
    if (seen < PAGES || !page.IsTruncated) continue;
    unseen.push(`${prefix} (beyond its first ${PAGES} pages)`);
    return;
  }
}
