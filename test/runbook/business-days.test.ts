import { describe, expect, test } from "@jest/globals";
import { addBusinessDays } from "../../src/runbook/business-days.ts";
import { localDay } from "../../src/runbook/local-time.ts";

const denmark = {
  time_zone: "Europe/Copenhagen",
  holidays: { country: "DK", extra: ["2026-12-24", "2026-12-31"] },
};

describe("five business days in Denmark", () => {
  // Worked out by hand on a calendar.
  test.each([
    ["a Monday", "2026-11-16T10:00:00Z", "2026-11-23"],
    ["a Friday", "2026-11-20T10:00:00Z", "2026-11-27"],
    ["a Saturday", "2026-11-21T03:00:00Z", "2026-11-27"],
    ["a Sunday", "2026-11-22T22:30:00Z", "2026-11-27"],
    ["Sunday in UTC, Monday in Copenhagen", "2026-11-22T23:30:00Z", "2026-11-30"],
    ["23:59 on a Friday", "2026-11-20T22:59:00Z", "2026-11-27"],
    ["before Christmas, with the organisation's own days", "2026-12-22T10:00:00Z", "2027-01-04"],
    ["before Easter", "2026-04-01T10:00:00Z", "2026-04-13"],
    ["before Ascension Day", "2026-05-13T10:00:00Z", "2026-05-21"],
    ["before Whit Monday", "2026-05-22T10:00:00Z", "2026-06-01"],
    ["across the spring change of clocks", "2026-03-27T23:30:00Z", "2026-04-08"],
    ["across the autumn change of clocks", "2026-10-23T10:00:00Z", "2026-10-30"],
    ["New Year's Eve", "2026-12-31T22:30:00Z", "2027-01-08"],
  ])("from %s", (_name, from, due) => {
    expect(addBusinessDays(new Date(from), 5, denmark)).toBe(due);
  });
});

test("General Prayer Day is a working day since 2024", () => {
  expect(addBusinessDays(new Date("2026-04-30T10:00:00Z"), 1, denmark)).toBe("2026-05-01");
});

test("the day of a moment depends on the time zone", () => {
  const moment = new Date("2026-12-31T23:30:00Z");
  expect([
    localDay(moment, "UTC"),
    localDay(moment, "Europe/Copenhagen"),
    localDay(moment, "America/New_York"),
  ]).toEqual(["2026-12-31", "2027-01-01", "2026-12-31"]);
});
