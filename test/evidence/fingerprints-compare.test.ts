import { expect, test } from "@jest/globals";
import { fingerprint, matchesFingerprint, newSalt } from "../../src/evidence/fingerprint.ts";

test("the same value and salt give the same fingerprint, another salt another", () => {
  const salt = newSalt();
  const print = fingerprint("value", salt);
  expect(fingerprint("value", salt)).toEqual(print);
  expect(fingerprint("value", newSalt()).value).not.toBe(print.value);
  expect(JSON.stringify(print)).not.toContain('value"value');
  expect(print.value).toMatch(/^[0-9a-f]{64}$/);
  expect(matchesFingerprint("value", print)).toBe(true);
  expect(matchesFingerprint("value ", print)).toBe(false);
});

test("a fingerprint of an unknown algorithm is an error, not a mismatch", () => {
  expect(() => matchesFingerprint("value", { algorithm: "md5", salt: "00", value: "00" })).toThrow("md5");
});
