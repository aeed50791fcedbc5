import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readTimestamp, requestTimestamp } from "../../../src/evidence/attestation/timestamp.ts";
import {
  type Misbehaviour,
  NO_OPENSSL,
  opensslVerifies,
  startTimestampAuthority,
  type TimestampAuthority,
} from "../../support/tsa.ts";

const MANIFEST = Buffer.from('{"sealedAt":"2026-11-21T03:00:00.000Z"}');

/** Against OpenSSL's authority; without openssl they are skipped, and say so in their name. */
const describeWithOpenssl = NO_OPENSSL === undefined ? describe : describe.skip;

describeWithOpenssl(`a time-stamp${NO_OPENSSL ? ` (skipped: ${NO_OPENSSL})` : ""}`, () => {
  let authority: TimestampAuthority;
  beforeAll(async () => {
    authority = await startTimestampAuthority();
  });
  afterAll(() => authority.close());

  const asked = async (misbehave?: Misbehaviour) => {
    authority.misbehave = misbehave;
    return requestTimestamp(authority.url, MANIFEST);
  };

  test("is taken from a real authority, and OpenSSL agrees", async () => {
    const { response, at, authority: name } = await asked();
    expect(name).toBe("Test TSA, Example");
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
    expect(opensslVerifies(response, MANIFEST, authority.root)).toBe(true);
    expect(await readTimestamp(response, MANIFEST)).toEqual({ at, authority: name });
  });

  test("of something else is not one of this", async () => {
    const { response } = await asked();
    await expect(readTimestamp(response, Buffer.from("another manifest"))).rejects.toThrow("something else");
  });

  test.each<[Misbehaviour, string]>([
    ["refuse", "it refused with PKI status 2"],
    ["garbage", "its answer is no RFC 3161 response"],
    ["unavailable", "it answered with HTTP status 503"],
    ["corrupt", "its signature"],
    ["replay", "it answered another request"],
  ])("from an authority that answers with '%s' is refused", async (misbehaviour, message) => {
    await asked();
    await expect(asked(misbehaviour)).rejects.toThrow(message);
  });
});
