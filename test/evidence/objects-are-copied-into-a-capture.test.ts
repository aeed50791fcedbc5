import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { copyIntoCapture } from "../../src/evidence/copy-object.ts";
import type { CopyOrder } from "../../src/evidence/copy-order.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const DESTINATION = "incidents/INC-42/captures/7001/cloudtrail/file.json.gz";

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
  platform.server.s3.createBucket("trail-bucket", { versioning: false });
});
afterEach(() => platform.close());

function put(body: string, lastModified = platform.clock.now() - 60_000): CopyOrder {
  const {
    etag,
    blob,
    lastModified: at,
  } = platform.server.s3.seedObject("trail-bucket", "AWSLogs/a +b.gz", body, {
    lastModified,
  });
  return {
    source: "cloudtrail",
    bucket: "trail-bucket",
    key: "AWSLogs/a +b.gz",
    etag: `"${etag}"`,
    size: blob.size,
    lastModified: new Date(at),
    destination: DESTINATION,
  };
}

const copy = async (order: CopyOrder) => copyIntoCapture(await platform.source(), order);

describe("an object of any bucket", () => {
  test("becomes an item of its source, copied inside S3, with the SHA-256 of its bytes", async () => {
    const order = put("body");
    const item = await copy(order);
    expect(item).toMatchObject({
      source: "cloudtrail",
      key: DESTINATION,
      size: 4,
      sha256: sha256("body"),
      method: "copy",
      origin: { uri: "s3://trail-bucket/AWSLogs/a +b.gz", etag: order.etag },
    });
    expect(item.origin.versionId).toBeUndefined();
    expect(String(await readObject(platform.vault, DESTINATION))).toBe("body");
  });

  test("is copied once, whoever asks again", async () => {
    const order = put("body");
    const { versionId } = await copy(order);
    expect(await copy(order)).toMatchObject({ versionId, sha256: sha256("body") });
    expect(platform.operations("s3").filter((name) => name === "CopyObject")).toHaveLength(1);
  });

  test("that is no longer what was listed is not copied", async () => {
    const listed = put("body");
    put("other");
    await expect(copy(listed)).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(await readObject(platform.vault, DESTINATION)).toBeUndefined();
  });

  test("that changed after its copy is not taken for the copy, whatever its size", async () => {
    await copy(put("body"));
    await expect(copy(put("BODY", platform.clock.now() + 60_000))).rejects.toThrow(
      "is there already, copied before the source was last changed",
    );
    await expect(copy(put("longer"))).rejects.toThrow("is there already, with 4 bytes instead of 6");
  });

  test("whose copy's answer got lost is found where it was put", async () => {
    const source = await platform.source();
    let lost = false;
    const send = async (command: { constructor: { name: string } }) => {
      const answer = await platform.aws.s3.send(command as never);
      if (command.constructor.name === "CopyObjectCommand" && !lost) {
        lost = true;
        throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
      }
      return answer;
    };
    const order = put("body");
    const item = await copyIntoCapture({ ...source, aws: { ...source.aws, s3: { send } as never } }, order);
    expect(item).toMatchObject({ sha256: sha256("body"), size: 4 });
  });
});
