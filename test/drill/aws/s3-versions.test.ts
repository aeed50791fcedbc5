import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Platform, refusalOf, startPlatform, textOf } from "./core-platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  platform.aws.s3.createBucket("vault");
  platform.aws.s3.createBucket("plain", { versioning: false });
});
afterAll(() => platform.close());

const Bucket = "vault";
const put = async (Key: string, Body: string) =>
  (await platform.s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? "";

test("every write keeps the versions before it", async () => {
  const [first, second] = [await put("k", "one"), await put("k", "two")];
  const read = async (VersionId?: string) =>
    textOf((await platform.s3.send(new GetObjectCommand({ Bucket, Key: "k", VersionId }))).Body);
  expect([await read(), await read(first), await read(second)]).toEqual(["two", "one", "two"]);
});

test("deleting puts a marker, which hides the object and can be taken away again", async () => {
  const { s3 } = platform;
  const version = await put("deleted", "body");
  const { VersionId: marker, DeleteMarker } = await s3.send(
    new DeleteObjectCommand({ Bucket, Key: "deleted" }),
  );
  expect(DeleteMarker).toBe(true);
  expect(await refusalOf(s3.send(new GetObjectCommand({ Bucket, Key: "deleted" })))).toMatchObject({
    name: "NoSuchKey",
  });
  expect(
    (await s3.send(new HeadObjectCommand({ Bucket, Key: "deleted", VersionId: version }))).ContentLength,
  ).toBe(4);
  const readMarker = s3.send(new GetObjectCommand({ Bucket, Key: "deleted", VersionId: marker }));
  expect(await refusalOf(readMarker)).toMatchObject({ name: "MethodNotAllowed", status: 405 });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", VersionId: marker }));
  expect((await s3.send(new GetObjectCommand({ Bucket, Key: "deleted" }))).VersionId).toBe(version);
});

test("a bucket without versioning keeps one object and no version ids", async () => {
  const { s3 } = platform;
  const write = (Body: string) => s3.send(new PutObjectCommand({ Bucket: "plain", Key: "k", Body }));
  expect((await write("one")).VersionId).toBeUndefined();
  await write("two");
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket: "plain" }))).Status).toBeUndefined();
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
  expect((await s3.send(new ListObjectVersionsCommand({ Bucket: "plain" }))).Versions).toMatchObject([
    { Key: "k", VersionId: "null", IsLatest: true, Size: 3 },
  ]);
  await s3.send(new DeleteObjectCommand({ Bucket: "plain", Key: "k" }));
  expect((await s3.send(new ListObjectVersionsCommand({ Bucket: "plain" }))).Versions).toBeUndefined();
});

describe("ListObjectVersions", () => {
  test("pages through keys and versions, newest first, losing and repeating none", async () => {
    const { s3, aws } = platform;
    aws.s3.createBucket("history");
    for (const body of ["1", "2", "3"]) {
      for (const key of ["a", "b", "c/1", "c/2", "d"]) aws.s3.seedObject("history", key, body);
    }
    await s3.send(new DeleteObjectCommand({ Bucket: "history", Key: "b" }));
    for (const MaxKeys of [1, 2, 3, 7, 1000]) {
      const seen: string[] = [];
      let [KeyMarker, VersionIdMarker]: [string | undefined, string | undefined] = [undefined, undefined];
      do {
        const page: ListObjectVersionsCommandOutput = await s3.send(
          new ListObjectVersionsCommand({ Bucket: "history", MaxKeys, KeyMarker, VersionIdMarker }),
        );
        const lines = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
        expect(lines.length).toBeLessThanOrEqual(MaxKeys);
        seen.push(...lines.map(({ Key, VersionId }) => `${Key} ${VersionId}`));
        [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
      } while (KeyMarker);
      expect(seen).toHaveLength(16);
      expect(new Set(seen).size).toBe(16);
    }
    const all = await s3.send(new ListObjectVersionsCommand({ Bucket: "history", Prefix: "a" }));
    expect(all.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([true, false, false]);
    const grouped = await s3.send(new ListObjectVersionsCommand({ Bucket: "history", Delimiter: "/" }));
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: "c/" }]);
    expect(grouped.DeleteMarkers).toMatchObject([{ Key: "b", IsLatest: true }]);
  });
});

describe("ListObjectsV2", () => {
  const list = async (options: object): Promise<{ keys: string[]; prefixes: string[]; pages: number }> => {
    const [keys, prefixes]: [string[], string[]] = [[], []];
    let pages = 0;
    for await (const page of paginateListObjectsV2(
      { client: platform.s3 },
      { Bucket: "listed", ...options },
    )) {
      pages++;
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
      prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ""));
      expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    }
    return { keys, prefixes, pages };
  };

  beforeAll(() => {
    const { s3 } = platform.aws;
    s3.createBucket("listed");
    const days = Array.from(
      { length: 2500 },
      (_, index) => `logs/${String(index % 25).padStart(2, "0")}/${index}.ndjson`,
    );
    s3.seedMany(
      "listed",
      days.toReversed().map((key) => ({ key, body: key })),
    );
    s3.seedMany(
      "listed",
      ["\uFF5E", "\u{1F525}", "é", "z", "a b", "a&<b>"].map((key) => ({ key: `odd/${key}`, body: "" })),
    );
  });

  test("gives every key once, in UTF-8 order, 1,000 a page", async () => {
    const { keys, pages } = await list({ Prefix: "logs/" });
    expect(pages).toBe(3);
    expect(keys).toHaveLength(2500);
    expect(keys).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const odd = (await list({ Prefix: "odd/" })).keys;
    expect(odd).toEqual(odd.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(odd).toHaveLength(6);
    expect(
      (await list({ Prefix: "odd/", EncodingType: "url" })).keys.map((key) =>
        decodeURIComponent(key.replaceAll("+", " ")),
      ),
    ).toEqual(odd);
  });

  test("groups by delimiter, also across pages", async () => {
    for (const MaxKeys of [1, 7, 1000]) {
      const { keys, prefixes } = await list({ Prefix: "logs/", Delimiter: "/", MaxKeys });
      expect(keys).toEqual([]);
      expect(prefixes).toEqual(
        Array.from({ length: 25 }, (_, day) => `logs/${String(day).padStart(2, "0")}/`),
      );
    }
    expect((await list({ Delimiter: "/" })).prefixes).toEqual(["logs/", "odd/"]);
  });

  test("starts after a key, and an unknown token is refused", async () => {
    const { keys } = await list({ Prefix: "logs/24/", StartAfter: "logs/24/99" });
    expect(keys.every((key) => key > "logs/24/99")).toBe(true);
    expect(keys.length).toBeGreaterThan(0);
    await expect(list({ ContinuationToken: "nonsense" })).rejects.toMatchObject({ name: "InvalidArgument" });
  });
});
