import { describe, expect, test } from "@jest/globals";
import type { FaultRule } from "../../drill/contracts.ts";
import { Faults } from "../../drill/faults.ts";
import { createRandom } from "../../drill/random.ts";

const rule = (more: Partial<FaultRule>): FaultRule => ({
  service: "*",
  operation: "*",
  kind: "deny",
  rate: 1,
  ...more,
});

describe("a fault rule", () => {
  test("with a call number befalls that call alone, counted among those that fit", () => {
    const faults = new Faults([rule({ service: "s3", operation: "PutObject", call: 2 })], createRandom(1));
    const calls = ["PutObject", "GetObject", "PutObject", "PutObject"];
    expect(calls.map((operation) => faults.next("s3", operation)?.kind ?? null)).toEqual([
      null,
      null,
      "deny",
      null,
    ]);
  });

  test("with a subject befalls calls on that subject alone", () => {
    const faults = new Faults([rule({ subject: "bucket/a" })], createRandom(1));
    expect(faults.next("s3", "GetObject", "bucket/a")?.kind).toBe("deny");
    expect(faults.next("s3", "GetObject", "bucket/b")).toBeNull();
    expect(faults.next("s3", "GetObject")).toBeNull();
  });
});
