import { describe, expect, test } from "@jest/globals";
import { isPassing, isThrottled, patiently } from "../../src/evidence/patience.ts";
import { tickingClock } from "../support/incident.ts";

const named = (name: string) => Object.assign(new Error(name), { name });

describe("patience", () => {
  test.each(["ThrottlingException", "SlowDown", "TimeoutError", "InternalError"])("%s passes", (name) => {
    expect(isPassing(named(name))).toBe(true);
  });

  test.each(["AccessDenied", "ResourceNotFoundException", "PreconditionFailed"])("%s does not", (name) => {
    expect(isPassing(named(name))).toBe(false);
  });

  test("waits longer each time and gives up in the end", async () => {
    const waits: number[] = [];
    const clock = { now: () => new Date(0), sleep: async (ms: number) => void waits.push(ms) };
    const call = () => Promise.reject(named("ThrottlingException"));
    await expect(patiently(clock, call)).rejects.toThrow("ThrottlingException");
    expect(waits).toHaveLength(5);
    expect(waits.every((ms, index) => ms >= 500 * 2 ** index && ms <= 1000 * 2 ** index)).toBe(true);
  });

  test("an error that does not pass is not tried again", async () => {
    let calls = 0;
    const call = () => {
      calls += 1;
      return Promise.reject(named("AccessDenied"));
    };
    await expect(patiently(tickingClock(), call)).rejects.toThrow("AccessDenied");
    expect(calls).toBe(1);
  });

  test("throttling is told from other failures that pass", () => {
    const answered = (httpStatusCode: number) =>
      Object.assign(new Error("failed"), { $metadata: { httpStatusCode } });
    expect(
      ["ThrottlingException", "SlowDown", "TimeoutError"].map((name) => isThrottled(named(name))),
    ).toEqual([true, true, true]);
    expect([429, 503].map((status) => isThrottled(answered(status)))).toEqual([true, true]);
    expect([named("InternalError"), answered(500), "no error"].map(isThrottled)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
