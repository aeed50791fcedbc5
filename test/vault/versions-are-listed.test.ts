import { type ListObjectVersionsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { listVersions } from "../../src/vault/versions.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

const put = (Key: string) =>
  platform.aws.s3.send(new PutObjectCommand({ Bucket: platform.vault.bucket, Key, Body: "x" }));

/** The vault, with at most so many entries on a page. */
function inPagesOf(most: number) {
  const send = (command: ListObjectVersionsCommand) => {
    command.input.MaxKeys = most;
    return platform.aws.s3.send(command);
  };
  return { ...platform.vault, s3: Object.create(platform.aws.s3, { send: { value: send } }) };
}

test("every version of every key below a prefix is listed, over however many pages, whatever the key", async () => {
  const keys = ["p/a", "p/a+b c", "p/a\u0001\n", "p/é%2F", "p/z"];
  for (const key of [...keys, "p/a+b c", "p/z", "p/z", "q/other"]) await put(key);
  const expected = [...keys, "p/a+b c", "p/z", "p/z"].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  for (const most of [1, 2, 1000]) {
    const listed = await listVersions(inPagesOf(most), "p/");
    expect(listed.map(({ key }) => key)).toEqual(expected);
    expect(listed.some(({ deleteMarker }) => deleteMarker)).toBe(false);
  }
  expect(await listVersions(platform.vault, "nothing/")).toEqual([]);
});
