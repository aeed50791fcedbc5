import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { requestTimestamp } from "../../src/evidence/attestation/timestamp.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { verifyTimestamp } from "../../src/verify/attestation.ts";
import { renderManifest } from "../support/manifest-bytes.ts";
import { manifestOf } from "../support/sealed.ts";
import { NO_OPENSSL, startTimestampAuthority, type TimestampAuthority } from "../support/tsa.ts";

const manifest = { ...manifestOf(3), sealedAt: new Date().toISOString() };
const bytes = renderManifest(manifest);

/** Against OpenSSL's authority; without openssl they are skipped, and say so in their name. */
const describeWithOpenssl = NO_OPENSSL === undefined ? describe : describe.skip;

describeWithOpenssl(`a stored time-stamp${NO_OPENSSL ? ` (skipped: ${NO_OPENSSL})` : ""}`, () => {
  let [ours, theirs]: (TimestampAuthority | undefined)[] = [];
  let token: Buffer = Buffer.alloc(0);
  beforeAll(async () => {
    [ours, theirs] = [await startTimestampAuthority(), await startTimestampAuthority("Other TSA")];
    token = (await requestTimestamp(ours.url, bytes)).response;
  });
  afterAll(async () => {
    await Promise.all([ours?.close(), theirs?.close()]);
  });

  const outcomes = async (data: Buffer, response: Buffer, roots?: string) =>
    Object.fromEntries(
      (await verifyTimestamp(data, response, roots)).map(({ code, outcome }) => [code, outcome]),
    );

  test("holds under its root", async () => {
    expect(await outcomes(bytes, token, ours?.root)).toEqual({
      "timestamp-signature": "holds",
      "timestamp-trust": "holds",
    });
    expect(await outcomes(bytes, token, `${theirs?.root}\n${ours?.root}`)).toMatchObject({
      "timestamp-trust": "holds",
    });
  });

  test("without a root holds, and whose it is stays unchecked", async () => {
    expect(await outcomes(bytes, token)).toEqual({
      "timestamp-signature": "holds",
      "timestamp-trust": "unchecked",
    });
    expect(await outcomes(bytes, token, "no certificates")).toMatchObject({ "timestamp-trust": "unchecked" });
  });

  test("of an authority that is not trusted is found", async () => {
    expect(await outcomes(bytes, token, theirs?.root)).toMatchObject({ "timestamp-trust": "problem" });
  });

  test("an older one, of another manifest, is found", async () => {
    const older = await requestTimestamp(ours?.url ?? "", renderManifest(manifestOf(2)));
    expect(await outcomes(bytes, older.response, ours?.root)).toEqual({ "timestamp-imprint": "problem" });
  });

  test("one that is older than the seal it is of is said to be", async () => {
    const later = renderManifest({ ...manifest, sealedAt: new Date(Date.now() + 3_600_000).toISOString() });
    const { response } = await requestTimestamp(ours?.url ?? "", later);
    expect(await outcomes(later, response, ours?.root)).toMatchObject({ "timestamp-clocks": "unchecked" });
  });

  test("a flipped byte of what it says, or of its signature, is found wherever it is", async () => {
    const imprint = token.indexOf(Buffer.from(sha256(bytes), "hex"));
    expect(imprint).toBeGreaterThan(0);
    const from = (start: number, count: number) => Array.from({ length: count }, (_, index) => start + index);
    // From the imprint through serial number, time and nonce; at the end the signature, and before it what is signed.
    const places = [...from(imprint, 75), ...from(token.length - 256, 64), ...from(token.length - 380, 60)];
    const missed: number[] = [];
    for (const at of places) {
      const flipped = Buffer.from(token);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      const found = await verifyTimestamp(bytes, flipped, ours?.root);
      if (!found.some(({ outcome }) => outcome === "problem")) missed.push(at);
    }
    expect(missed).toEqual([]);
  });

  test.each(["", "no time-stamp", "0\u0003\u0002\u0001\u0000"])("%j is none", async (text) => {
    expect(await outcomes(bytes, Buffer.from(text))).toEqual({ "timestamp-format": "problem" });
  });
});
