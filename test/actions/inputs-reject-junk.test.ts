import { describe, expect, test } from "@jest/globals";
import { InputReader } from "../../src/actions/inputs.ts";

const read = (name: string, value: string) => new InputReader({ [`INPUT_${name.toUpperCase()}`]: value });

describe("a moment", () => {
  test.each([
    ["2026-11-21T02:40:00Z", "2026-11-21T02:40:00.000Z"],
    ["2026-11-21T02:40Z", "2026-11-21T02:40:00.000Z"],
    ["2026-11-21T03:40:00.5+01:00", "2026-11-21T02:40:00.500Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
  ])("%s is understood", (value, iso) => {
    expect(read("detected-at", value).instant("detected-at")?.toISOString()).toBe(iso);
  });

  test.each([
    "yesterday",
    "2026-11-21",
    "2026-11-21 02:40",
    "2026-11-21T02:40:00",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-31T00:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T02:60:00Z",
    "２０２６-11-21T02:40:00Z",
    "1763692800",
    "2026-11-21T02:40:00+25:00",
    "Z",
  ])("%s is refused by name", (value) => {
    expect(() => read("detected-at", value).instant("detected-at")).toThrow(
      /Input 'detected-at' is not a date and time/,
    );
  });
});

describe("a whole number", () => {
  test.each([
    "-1",
    "0",
    "2161",
    "1.5",
    "1e3",
    "0x10",
    "24h",
    "٢٤",
    "NaN",
    "Infinity",
    "999999999999999999999",
  ])("%s is refused", (value) => {
    expect(() => read("lookback-hours", value).integer("lookback-hours", 1, 2160)).toThrow(
      /'lookback-hours'.*1 to 2160/,
    );
  });
});

describe("an incident", () => {
  test("is a number, with or without its prefix", () => {
    expect([read("incident", "42").incident(), read("incident", " INC-42 ").incident()]).toEqual([42, 42]);
  });

  test.each([
    "0",
    "042",
    "-42",
    "INC-",
    "INC-4 2",
    "42; rm -rf /",
    "../42",
    "４２",
    "99999999999",
    "#42",
    "inc-42",
  ])("%s is refused", (value) => {
    expect(() => read("incident", value).incident()).toThrow(/Input 'incident'/);
  });
});

test("errors repeat a bad value short, on one line and with nothing invisible", () => {
  expect(() => read("dry-run", "yes\u202E\n\u0000").boolean("dry-run")).toThrow('"yes\\u202e\\n\\u0000"');
});

test("a line of text holds no line break, control or invisible character", () => {
  for (const value of ["a\nb", "a\rb", "a\u0000b", "a\u200Bb", "a\u202Eb", "a\u2028b"]) {
    expect(() => read("summary", value).line("summary", 200)).toThrow(/'summary'/);
  }
  expect(read("summary", "  Ærø: 100 % — 🔥  ").line("summary", 200)).toBe("Ærø: 100 % — 🔥");
});
