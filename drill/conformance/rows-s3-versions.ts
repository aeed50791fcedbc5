/** S3: versions, delete markers, listing in pages. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { ending, type Row, refused } from "./row.ts";
import type { World } from "./world.ts";

const DELETING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html";
const MARKERS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html";
const VERSIONING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html";
const LIST = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html";
const LIST_VERSIONS = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html";

const Key = "audit/record.ndjson";

async function put(world: World, Bucket: string, key: string, Body: string): Promise<string> {
  const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key: key, Body }));
  return VersionId ?? "";
}

async function filled(world: World, keys: readonly string[]): Promise<string> {
  const Bucket = await world.bucket();
  for (const key of keys) await put(world, Bucket, key, key);
  return Bucket;
}

export const VERSION_ROWS: readonly Row[] = [
  {
    id: "s3-overwritten-version-stays",
    service: "s3",
    behaviour: "Overwriting a key in a versioned bucket keeps the older version readable by its id.",
    page: VERSIONING,
    expected: { old: "one", current: "two", differ: true },
    run: async (world) => {
      const Bucket = await world.bucket();
      const first = await put(world, Bucket, Key, "one");
      const second = await put(world, Bucket, Key, "two");
      const old = await world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId: first }));
      const current = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return {
        old: await old.Body?.transformToString(),
        current: await current.Body?.transformToString(),
        differ: first !== second,
      };
    },
  },
  {
    id: "s3-delete-leaves-marker",
    service: "s3",
    behaviour:
      "DeleteObject without a version id removes nothing: it adds a delete marker, and the version stays.",
    page: DELETING,
    expected: { marker: true, get: refused("NoSuchKey", 404), version: "one" },
    run: async (world) => {
      const Bucket = await world.bucket();
      const VersionId = await put(world, Bucket, Key, "one");
      const { DeleteMarker } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      const get = await ending(world.s3.send(new GetObjectCommand({ Bucket, Key })));
      return { marker: DeleteMarker, get, version: await Body?.transformToString() };
    },
  },
  {
    id: "s3-get-delete-marker-by-id",
    service: "s3",
    behaviour: "A delete marker has no content: GetObject by its version id is not allowed.",
    page: MARKERS,
    expected: refused("MethodNotAllowed", 405),
    run: async (world) => {
      const Bucket = await filled(world, [Key]);
      const { VersionId } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      return ending(world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId })));
    },
  },
  {
    id: "s3-delete-of-marker-restores",
    service: "s3",
    behaviour: "Deleting the delete marker by its version id brings the object back.",
    page: MARKERS,
    expected: { current: "one" },
    run: async (world) => {
      const Bucket = await world.bucket();
      await put(world, Bucket, Key, "one");
      const { VersionId } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      await world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
      return { current: await Body?.transformToString() };
    },
  },
  {
    id: "s3-list-versions-order",
    service: "s3",
    behaviour: "ListObjectVersions gives a key's versions newest first, and says which entry is the latest.",
    page: LIST_VERSIONS,
    expected: { newestFirst: true, latest: [false, false], markerIsLatest: [true] },
    run: async (world) => {
      const Bucket = await world.bucket();
      const first = await put(world, Bucket, Key, "one");
      const second = await put(world, Bucket, Key, "two");
      await world.s3.send(new DeleteObjectCommand({ Bucket, Key }));
      const { Versions = [], DeleteMarkers = [] } = await world.s3.send(
        new ListObjectVersionsCommand({ Bucket }),
      );
      const ids = Versions.map(({ VersionId }) => VersionId);
      return {
        newestFirst: ids[0] === second && ids[1] === first,
        latest: Versions.map(({ IsLatest }) => IsLatest),
        markerIsLatest: DeleteMarkers.map(({ IsLatest }) => IsLatest),
      };
    },
  },
  {
    id: "s3-list-versions-pages",
    service: "s3",
    behaviour: "ListObjectVersions in pages goes on by key marker and version id marker, and misses nothing.",
    page: LIST_VERSIONS,
    expected: { keys: ["a", "a", "b", "c"], pages: 4 },
    run: async (world) => {
      const Bucket = await filled(world, ["a", "a", "b", "c"]);
      const keys: (string | undefined)[] = [];
      let KeyMarker: string | undefined;
      let VersionIdMarker: string | undefined;
      for (let pages = 1; ; pages++) {
        const page: ListObjectVersionsCommandOutput = await world.s3.send(
          new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, KeyMarker, VersionIdMarker }),
        );
        keys.push(...(page.Versions ?? []).map((version) => version.Key));
        if (!page.IsTruncated || pages > 9) return { keys, pages };
        KeyMarker = page.NextKeyMarker;
        VersionIdMarker = page.NextVersionIdMarker;
      }
    },
  },
  {
    id: "s3-list-order-and-pages",
    service: "s3",
    behaviour: "ListObjectsV2 orders keys by their UTF-8 bytes, and pages by continuation token.",
    page: LIST,
    expected: { keys: ["A", "Z", "a", "a/b", "é"], pages: 3 },
    run: async (world) => {
      const Bucket = await filled(world, ["é", "a/b", "a", "Z", "A"]);
      const keys: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      for (let pages = 1; ; pages++) {
        const page = await world.s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }));
        keys.push(...(page.Contents ?? []).map((object) => object.Key));
        ContinuationToken = page.NextContinuationToken;
        if (!ContinuationToken || pages > 9) return { keys, pages };
      }
    },
  },
  {
    id: "s3-list-delimiter",
    service: "s3",
    behaviour: "With a delimiter, keys below it are rolled up into common prefixes, which count as keys.",
    page: LIST,
    expected: { keys: ["x/top"], prefixes: ["x/a/", "x/b/"], count: 3 },
    run: async (world) => {
      const Bucket = await filled(world, ["x/a/1", "x/a/2", "x/b/1", "x/top", "y/z"]);
      const page = await world.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "x/", Delimiter: "/" }));
      return {
        keys: page.Contents?.map((object) => object.Key),
        prefixes: page.CommonPrefixes?.map(({ Prefix }) => Prefix),
        count: page.KeyCount,
      };
    },
  },
  {
    id: "s3-list-start-after",
    service: "s3",
    behaviour: "StartAfter begins behind the key that it names, whether that key exists or not.",
    page: LIST,
    expected: { behindExisting: ["c"], behindMissing: ["b", "c"] },
    run: async (world) => {
      const Bucket = await filled(world, ["a", "b", "c"]);
      const after = async (StartAfter: string) => {
        const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket, StartAfter }));
        return Contents?.map((object) => object.Key);
      };
      return { behindExisting: await after("b"), behindMissing: await after("aa") };
    },
  },
  {
    id: "s3-list-deleted",
    service: "s3",
    behaviour: "ListObjectsV2 leaves out keys whose newest version is a delete marker.",
    page: MARKERS,
    expected: { keys: ["kept"], count: 1, truncated: false },
    run: async (world) => {
      const Bucket = await filled(world, ["gone", "kept"]);
      await world.s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
      const page = await world.s3.send(new ListObjectsV2Command({ Bucket }));
      return {
        keys: page.Contents?.map((object) => object.Key),
        count: page.KeyCount,
        truncated: page.IsTruncated,
      };
    },
  },
];
