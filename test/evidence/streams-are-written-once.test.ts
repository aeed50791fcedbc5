import { createCipheriv, createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { putDocument, streamItem } from "../../src/evidence/item-writer.ts";
import { abortLeftovers } from "../../src/evidence/leftovers.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const FOLDER = "incidents/INC-42/captures/7001/";
const KEY = `${FOLDER}cloudwatch-logs/g/s.ndjson.gz`;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
});
afterEach(() => platform.close());

const context = () => ({ vault: platform.vault, clock: platform.deps().clock, folder: FOLDER });
const uploads = async () =>
  (await platform.vault.s3.send(new ListMultipartUploadsCommand({ Bucket: platform.vault.bucket })))
    .Uploads ?? [];

/** A megabyte a piece that gzip cannot make small, the same every time. */
async function* noise(megabytes: number): AsyncGenerator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  for (let index = 0; index < megabytes; index += 1) yield cipher.update(Buffer.alloc(1024 * 1024));
}

describe("streamed items", () => {
  test("a large one goes up in parts, under If-None-Match, and its digest is that of the stored bytes", async () => {
    const written = await streamItem(context(), KEY, () => noise(24), { through: "then" });
    const parts = platform.operations("s3").filter((operation) => operation === "UploadPart");
    expect(parts.length).toBeGreaterThan(1);
    const stored = (await readObject(platform.vault, KEY)) ?? Buffer.alloc(0);
    expect(written).toMatchObject({
      size: stored.byteLength,
      sha256: createHash("sha256").update(stored).digest("hex"),
    });
    expect(gunzipSync(stored).byteLength).toBe(24 * 1024 * 1024);

    // Taken: nothing is overwritten, no upload is left open, and the version stays the same.
    expect(await streamItem(context(), KEY, () => noise(24), {})).toBeUndefined();
    expect(stored.equals((await readObject(platform.vault, KEY)) ?? Buffer.alloc(0))).toBe(true);
    expect(await uploads()).toEqual([]);
  });

  test("the same lines give the same bytes", async () => {
    const first = await streamItem(context(), KEY, () => noise(1), {});
    const second = await streamItem(context(), `${KEY}2`, () => noise(1), {});
    expect(second?.sha256).toBe(first?.sha256);
  });

  test("lines that end in an error leave no object and no open upload", async () => {
    const failing = async function* () {
      yield* noise(12);
      throw new Error("the source broke");
    };
    await expect(streamItem(context(), KEY, failing, {})).rejects.toThrow("the source broke");
    expect(await readObject(platform.vault, KEY)).toBeUndefined();
    expect(await uploads()).toEqual([]);
  });

  test("a conflict with a write that leaves nothing there is no reason to give up", async () => {
    let conflicts = 0;
    const send = (command: { constructor: { name: string } }) => {
      if (command.constructor.name !== "PutObjectCommand" || conflicts === 2)
        return platform.aws.s3.send(command as never);
      conflicts += 1;
      return Promise.reject(Object.assign(new Error("conflict"), { name: "ConditionalRequestConflict" }));
    };
    const s3 = Object.create(platform.aws.s3, { send: { value: send } });
    const vault = { ...platform.vault, s3 };
    await streamItem({ ...context(), vault }, KEY, () => noise(1), {});
    expect(conflicts).toBe(2);
    expect(gunzipSync((await readObject(platform.vault, KEY)) ?? "").byteLength).toBe(1024 * 1024);
  });

  test("an error that passes starts the lines from the beginning", async () => {
    let attempts = 0;
    const flaky = async function* () {
      attempts += 1;
      yield Buffer.from("one\n");
      if (attempts === 1) throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
    };
    await streamItem(context(), KEY, flaky, {});
    expect(gunzipSync((await readObject(platform.vault, KEY)) ?? "").toString()).toBe("one\n");
    expect(attempts).toBe(2);
  });
});

test("what a killed run left half uploaded is aborted, in this capture only", async () => {
  const open = async (key: string) => {
    const where = { Bucket: platform.vault.bucket, Key: key };
    const { UploadId } = await platform.vault.s3.send(
      new CreateMultipartUploadCommand({ ...where, ChecksumAlgorithm: "CRC32" }),
    );
    await platform.vault.s3.send(
      new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: "part", ChecksumAlgorithm: "CRC32" }),
    );
  };
  const other = "incidents/INC-42/captures/8000/cloudwatch-logs/g/s.ndjson.gz";
  for (const key of [KEY, KEY, `${FOLDER}cloudwatch-logs/g/t.ndjson.gz`, other]) await open(key);
  expect(await abortLeftovers(platform.vault, platform.deps().clock, FOLDER)).toBe(3);
  expect((await uploads()).map(({ Key }) => Key)).toEqual([other]);
});

test("a document that is there with other content stays, and the new one stands beside it", async () => {
  const document = (value: unknown) => ({ source: "ecs", name: "ecs/tasks", uri: "arn", value });
  const [first] = await putDocument(context(), document({ tasks: 1 }));
  const same = await putDocument(context(), document({ tasks: 1 }));
  expect(same).toEqual([first]);
  const both = await putDocument(context(), document({ tasks: 2 }));
  expect(both.map(({ key }) => key.slice(FOLDER.length))).toEqual(["ecs/tasks.json", "ecs/tasks~2.json"]);
  expect(both[0]).toEqual(first);
});
