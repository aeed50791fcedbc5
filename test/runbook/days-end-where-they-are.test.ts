import { describe, expect, test } from "@jest/globals";
import { addMonths, endOfDay } from "../../src/runbook/local-time.ts";

describe("a day ends", () => {
  // Worked out by hand from each zone's offset on that day.
  test.each([
    ["2026-11-27", "Europe/Copenhagen", "2026-11-27T23:00:00.000Z"],
    ["2026-07-01", "Europe/Copenhagen", "2026-07-01T22:00:00.000Z"],
    ["2026-03-28", "Europe/Copenhagen", "2026-03-28T23:00:00.000Z"],
    ["2026-03-29", "Europe/Copenhagen", "2026-03-29T22:00:00.000Z"],
    ["2026-10-24", "Europe/Copenhagen", "2026-10-24T22:00:00.000Z"],
    ["2026-10-25", "Europe/Copenhagen", "2026-10-25T23:00:00.000Z"],
    ["2026-12-31", "Europe/Copenhagen", "2026-12-31T23:00:00.000Z"],
    ["2026-12-31", "UTC", "2027-01-01T00:00:00.000Z"],
    ["2026-12-31", "Pacific/Kiritimati", "2026-12-31T10:00:00.000Z"],
    ["2026-12-31", "Pacific/Niue", "2027-01-01T11:00:00.000Z"],
    ["2026-06-15", "Asia/Kolkata", "2026-06-15T18:30:00.000Z"],
    ["2026-11-01", "America/New_York", "2026-11-02T05:00:00.000Z"],
    // Clocks go forward at midnight: Friday 24 April 2026 begins at 01:00 in Cairo.
    ["2026-04-23", "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
    ["2028-02-28", "Europe/Copenhagen", "2028-02-28T23:00:00.000Z"],
    ["2028-02-29", "Europe/Copenhagen", "2028-02-29T23:00:00.000Z"],
  ])("%s in %s at %s", (day, zone, moment) => {
    expect(endOfDay(day, zone).toISOString()).toBe(moment);
  });
});

describe("a month later", () => {
  test.each([
    ["2026-11-22", 1, "2026-12-22"],
    ["2026-12-31", 1, "2027-01-31"],
    ["2027-01-31", 1, "2027-02-28"],
    ["2028-01-31", 1, "2028-02-29"],
    ["2026-05-31", 1, "2026-06-30"],
    ["2026-12-01", 1, "2027-01-01"],
  ])("%s and %d is %s", (day, months, later) => {
    expect(addMonths(day, months)).toBe(later);
  });
});
