/** Listings: objects, and object versions, page by page. */
import type { XmlObject } from "../xml.ts";
import { xmlAnswer } from "./answers.ts";
import type { Bucket, ObjectVersion } from "./bucket.ts";
import type { S3Handler } from "./endpoint.ts";
import { invalidArgument } from "./errors.ts";
import { keyEncoder, pageSize } from "./request.ts";
import { compareKeys } from "./sorted-keys.ts";

/** One line of a listing: a key, or what keys share up to the delimiter. */
type Entry = { key: string; commonPrefix: false } | { key: string; commonPrefix: true };

/** Where a listing goes on: after a key, or after everything under a common prefix. */
type Position = Entry;

/**
 * The entries after a position, in S3's order. Keys for which `visible` does not hold are passed over; a common
 * prefix is found once and skipped as a whole, so that a page costs no more than its entries.
 */
function* entries(
  bucket: Bucket,
  { prefix, delimiter, after }: { prefix: string; delimiter: string; after: Position | null },
  visible: (key: string) => boolean,
): Generator<Entry, undefined> {
  let position = after;
  for (;;) {
    const from = position;
    const reached = (key: string): boolean =>
      compareKeys(key, prefix) >= 0 &&
      (from === null || (compareKeys(key, from.key) > 0 && !(from.commonPrefix && key.startsWith(from.key))));
    let skipTo: Entry | null = null;
    for (const key of bucket.keysFrom(reached)) {
      if (!key.startsWith(prefix)) return;
      if (!visible(key)) continue;
      const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) yield { key, commonPrefix: false };
      else {
        skipTo = { key: key.slice(0, cut + delimiter.length), commonPrefix: true };
        yield skipTo;
        break;
      }
    }
    if (skipTo === null) return;
    position = skipTo;
  }
}

const listObjectsV2: S3Handler = ({ bucket, request: { query, bucket: name }, store }) => {
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const [limit, encode] = [pageSize(query, "max-keys"), keyEncoder(query)];
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after");
  const after = token === undefined ? positionAfter(startAfter) : parseToken(token);
  const page: Entry[] = [];
  let truncated = false;
  if (limit > 0) {
    for (const entry of entries(
      bucket,
      { prefix, delimiter, after },
      (key) => bucket.current(key) !== undefined,
    )) {
      truncated = page.length === limit;
      if (truncated) break;
      page.push(entry);
    }
  }
  const last = page.at(-1);
  const owner = query.get("fetch-owner") === "true" ? { Owner: { ID: store.account.accountId } } : {};
  const content: XmlObject = {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: query.get("encoding-type"),
    KeyCount: page.length,
    IsTruncated: truncated,
    ContinuationToken: token,
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    NextContinuationToken: truncated && last ? renderToken(last) : undefined,
    Contents: page.flatMap(({ key, commonPrefix }) => {
      const version = commonPrefix ? undefined : bucket.current(key);
      return version ? [{ ...describe(encode(key), version), ...owner }] : [];
    }),
    CommonPrefixes: page
      .filter(({ commonPrefix }) => commonPrefix)
      .map(({ key }) => ({ Prefix: encode(key) })),
  };
  return xmlAnswer("ListBucketResult", content);
};

const listObjectVersions: S3Handler = ({ bucket, request: { query, bucket: name }, store }) => {
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const [limit, encode] = [pageSize(query, "max-keys"), keyEncoder(query)];
  const keyMarker = query.get("key-marker") ?? "";
  const versionMarker = query.get("version-id-marker") ?? "";
  if (versionMarker !== "" && keyMarker === "") {
    throw invalidArgument(
      "A version-id marker cannot be specified without a key marker.",
      "version-id-marker",
      versionMarker,
    );
  }
  const page: { key: string; version: ObjectVersion | null }[] = [];
  let truncated = false;
  const place = { prefix, delimiter, keyMarker, versionMarker };
  for (const line of limit > 0 ? versionLines(bucket, place) : []) {
    truncated = page.length === limit;
    if (truncated) break;
    page.push(line);
  }
  const last = page.at(-1);
  const lines = page.flatMap(({ key, version }) => (version ? [{ key, version }] : []));
  const onWire = ({ key, version }: { key: string; version: ObjectVersion }): XmlObject => ({
    ...(version.deleteMarker
      ? { Key: encode(key), LastModified: iso(version) }
      : describe(encode(key), version)),
    VersionId: version.versionId,
    IsLatest: bucket.newest(key) === version,
    Owner: { ID: store.account.accountId },
  });
  const content: XmlObject = {
    Name: name,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    NextKeyMarker: truncated && last ? encode(last.key) : undefined,
    NextVersionIdMarker: truncated ? last?.version?.versionId : undefined,
    MaxKeys: limit,
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query.get("encoding-type"),
    IsTruncated: truncated,
    Version: lines.filter(({ version }) => !version.deleteMarker).map(onWire),
    DeleteMarker: lines.filter(({ version }) => version.deleteMarker).map(onWire),
    CommonPrefixes: page.filter(({ version }) => !version).map(({ key }) => ({ Prefix: encode(key) })),
  };
  return xmlAnswer("ListVersionsResult", content);
};

interface VersionPlace {
  prefix: string;
  delimiter: string;
  keyMarker: string;
  versionMarker: string;
}

/** Versions after the markers, newest first within a key; a common prefix has no version. */
function* versionLines(
  bucket: Bucket,
  { prefix, delimiter, keyMarker, versionMarker }: VersionPlace,
): Generator<{ key: string; version: ObjectVersion | null }, undefined> {
  if (versionMarker !== "" && keyMarker.startsWith(prefix)) {
    const versions = bucket.versions(keyMarker).toReversed();
    const marked = versions.findIndex(({ versionId }) => versionId === versionMarker);
    if (marked < 0) throw invalidArgument("Invalid version id specified", "version-id-marker", versionMarker);
    for (const version of versions.slice(marked + 1)) yield { key: keyMarker, version };
  }
  const commonPrefix = delimiter !== "" && keyMarker.endsWith(delimiter) && versionMarker === "";
  const after = keyMarker === "" ? null : { key: keyMarker, commonPrefix };
  for (const entry of entries(bucket, { prefix, delimiter, after }, () => true)) {
    if (entry.commonPrefix) yield { key: entry.key, version: null };
    else for (const version of bucket.versions(entry.key).toReversed()) yield { key: entry.key, version };
  }
}

function describe(key: string, version: ObjectVersion): XmlObject {
  const { checksum } = version;
  return {
    Key: key,
    LastModified: iso(version),
    ETag: `"${version.etag}"`,
    ...(checksum ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {}),
    Size: version.blob.size,
    StorageClass: version.storageClass,
  };
}

function iso({ lastModified }: ObjectVersion): string {
  return new Date(lastModified).toISOString();
}

function positionAfter(key: string | undefined): Position | null {
  return key === undefined || key === "" ? null : { key, commonPrefix: false };
}

function renderToken({ key, commonPrefix }: Entry): string {
  return Buffer.from(JSON.stringify([commonPrefix ? 1 : 0, key])).toString("base64");
}

function parseToken(token: string): Position {
  try {
    const [commonPrefix, key] = JSON.parse(Buffer.from(token, "base64").toString("utf8")) as unknown[];
    if (typeof key === "string") return { key, commonPrefix: commonPrefix === 1 };
  } catch {
    // Falls through: a token that does not decode is none of ours.
  }
  throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
}

export const LIST_HANDLERS: Readonly<Record<string, S3Handler>> = {
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
};
