import { expect, test } from "@jest/globals";
import { lowerBound } from "../../bench/bound.ts";
import type { Volume } from "../../bench/seeds.ts";
import { CallLog } from "../../drill/calls.ts";
import { resolveTarget } from "../../src/runbook/target.ts";
import { ownRunbook } from "../support/incident.ts";

const quota = (ratePerSecond: number) => ({ ratePerSecond, burst: ratePerSecond, source: "" });
const START = Date.parse("2026-11-20T00:00:00Z");

async function boundOf(volume: Partial<Volume>) {
  const calls = new CallLog();
  const world = {
    target: resolveTarget(await ownRunbook(), "dev", "servicenow"),
    start: START,
    calls,
    logQuotas: { GetLogEvents: quota(10), DescribeLogStreams: quota(25) },
    trailQuotas: { LookupEvents: quota(2) },
  };
  const rows = lowerBound(world, { events: 0, objects: 0, trail: 0, ...volume }, "preserve-1");
  return (api: string) => rows.find((row) => row.api === api);
}

test("a stream takes a page for every 10,000 events begun", async () => {
  const full = await boundOf({ events: 20 * 10_000 });
  expect(full("logs:GetLogEvents")).toMatchObject({ calls: 20, perSecond: 10, seconds: 2 });
  const more = await boundOf({ events: 20 * 10_000 + 3 });
  expect(more("logs:GetLogEvents")).toMatchObject({ calls: 23, seconds: 2.3 });
  expect((await boundOf({ events: 20 }))("logs:GetLogEvents")).toMatchObject({ calls: 20 });
});

test("lookups of both regions are added up, and the slower region counts: each has a quota of its own", async () => {
  const row = await boundOf({ trail: 1000 });
  // 950 events in the one region, 50 in the other.
  expect(row("cloudtrail:LookupEvents")).toMatchObject({ calls: 19 + 1, seconds: 19 / 2 });
});

test("copies are limited for each prefix, so the busiest day counts", async () => {
  // Twenty hours from midnight: one day.
  const row = await boundOf({ objects: 7000 });
  expect(row("s3:CopyObject")).toMatchObject({ calls: 7000, seconds: 2 });
});

test("an empty region is looked up once all the same", async () => {
  expect((await boundOf({}))("cloudtrail:LookupEvents")).toMatchObject({ calls: 2, seconds: 0.5 });
});
