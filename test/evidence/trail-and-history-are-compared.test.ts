import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { collectTrail } from "../../src/evidence/sources/cloudtrail.ts";
import { type Compared, compareEvents, differenceGaps } from "../../src/evidence/sources/trail-compare.ts";
import { ofAdvanced, ofBasic } from "../../src/evidence/sources/trail-found.ts";
import { REGION } from "../support/preserve-platform.ts";
import { filesOf, HOUR_MS, startTrailPlatform, type TrailPlatform, textOf } from "../support/trail-files.ts";

const MINUTE_MS = 60_000;
const note = (at: number, change = true, source = "ssm.amazonaws.com") => ({ at, change, source });

function compared(changes: Partial<Compared> = {}): Compared {
  return {
    region: REGION,
    history: new Map([["a", note(1000)]]),
    historyThrough: 10 * HOUR_MS,
    files: new Map([["a", 1000]]),
    filesThrough: 10 * HOUR_MS,
    window: { from: 0, to: 10 * HOUR_MS },
    records: { reads: true, changes: true, excluded: [] },
    stoppedAt: null,
    ...changes,
  };
}

describe("the event history and the trail's files", () => {
  test("agree when both have the same events", () => {
    expect(compareEvents(compared())).toEqual({ onlyInFiles: [], onlyInHistory: [], late: 0, inBoth: 1 });
  });

  test("an event in one only is named, unless it is young enough to be late", () => {
    const files = new Map([
      ["old", 1000],
      ["young", 9 * HOUR_MS],
    ]);
    expect(compareEvents(compared({ files, historyThrough: 8 * HOUR_MS }))).toEqual({
      onlyInFiles: ["old"],
      onlyInHistory: ["a"],
      late: 1,
      inBoth: 0,
    });
    const young = compared({ files: new Map(), filesThrough: 1000 + 15 * MINUTE_MS });
    expect(compareEvents(young)).toMatchObject({ onlyInHistory: [], late: 1 });
  });

  test("what the selectors leave out is not missed, nor what happened after the trail was stopped", () => {
    const history = new Map([
      ["read", note(1000, false)],
      ["kms", note(1000, true, "kms.amazonaws.com")],
      ["after", note(5000)],
    ]);
    const records = { reads: false, changes: true, excluded: ["kms.amazonaws.com"] };
    const none = compareEvents(compared({ history, files: new Map(), records, stoppedAt: 2000 }));
    expect(none?.onlyInHistory).toEqual([]);
    const unknown = compareEvents(compared({ history, files: new Map(), records: null }));
    expect(unknown?.onlyInHistory).toEqual([]);
  });

  test("a history that is not whole proves nothing", () => {
    expect(compareEvents(compared({ historyThrough: null }))).toBeNull();
  });

  test("25 are named, and the rest are counted", () => {
    const ids = Array.from({ length: 40 }, (_, index) => `event-${index}`);
    const gaps = differenceGaps(REGION, { onlyInFiles: ids, onlyInHistory: [], late: 0, inBoth: 0 });
    expect(gaps).toHaveLength(26);
    expect(gaps.at(-1)?.what).toBe(`cloudtrail:${REGION}: 15 more events`);
  });
});

describe("event selectors", () => {
  test("basic ones add up, and leave out only what all of them leave out", () => {
    expect(
      ofBasic([
        { ReadWriteType: "WriteOnly", ExcludeManagementEventSources: ["kms.amazonaws.com"] },
        { ReadWriteType: "ReadOnly", ExcludeManagementEventSources: [] },
        { ReadWriteType: "All", IncludeManagementEvents: false },
      ]),
    ).toEqual({ reads: true, changes: true, excluded: [] });
  });

  test("advanced ones are understood as AWS documents them, and not guessed at otherwise", () => {
    const management = { Field: "eventCategory", Equals: ["Management"] };
    expect(ofAdvanced([{ FieldSelectors: [management, { Field: "readOnly", Equals: ["false"] }] }])).toEqual({
      reads: false,
      changes: true,
      excluded: [],
    });
    expect(
      ofAdvanced([
        { FieldSelectors: [management, { Field: "eventSource", NotEquals: ["kms.amazonaws.com"] }] },
      ]),
    ).toEqual({ reads: true, changes: true, excluded: ["kms.amazonaws.com"] });
    expect(ofAdvanced([{ FieldSelectors: [management, { Field: "eventName", Equals: ["X"] }] }])).toBeNull();
    expect(ofAdvanced([{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] }])).toEqual({
      reads: false,
      changes: false,
      excluded: [],
    });
  });
});

describe("in a capture", () => {
  let world: TrailPlatform;
  afterEach(() => world.close());

  test("events that only the trail's files show are looked up by id, then named", async () => {
    world = await startTrailPlatform();
    const key = filesOf(world, "CloudTrail")[30] ?? "";
    const { Records } = JSON.parse(await textOf(world, key));
    const invented = { ...Records[0], eventID: "invented-event" };
    world.platform.server.s3.seedObject(
      world.bucket,
      key,
      gzipSync(JSON.stringify({ Records: [...Records, invented] })),
    );
    const { record } = await collectTrail(await world.context());
    expect(record.gaps).toContainEqual({
      what: `cloudtrail:${REGION}:invented-event`,
      why: "is in the trail's files, and CloudTrail's event history does not show it",
    });
    const lookups = world.platform.calls.all().filter(({ operation }) => operation === "LookupEvents");
    // Two pages and one, and the one for the invented id.
    expect(lookups).toHaveLength(4);
  });

  test("a log file without one of its events: the history names it", async () => {
    world = await startTrailPlatform();
    const key = filesOf(world, "CloudTrail")[30] ?? "";
    const [event] = JSON.parse(await textOf(world, key)).Records;
    world.platform.server.s3.seedObject(world.bucket, key, gzipSync('{"Records":[]}'));
    const { record } = await collectTrail(await world.context());
    expect(record.gaps).toContainEqual({
      what: `cloudtrail:${REGION}:${event.eventID}`,
      why: "is in CloudTrail's event history, and in none of the trail's files",
    });
  });

  test("a trail of changes only, and one that records data events too, agree with the history", async () => {
    world = await startTrailPlatform(4 * HOUR_MS, { readWriteType: "WriteOnly", dataEvents: true });
    const at = world.to - 2 * HOUR_MS;
    world.event("GetObject", at, { eventSource: "s3.amazonaws.com", managementEvent: false });
    const { record } = await collectTrail(await world.context());
    expect(record.gaps).toEqual([]);
    expect(record.collected).toMatchObject({ events: 73, eventsInBoth: 25 });
  });

  test("without digest files nothing vouches, and nothing is missing", async () => {
    world = await startTrailPlatform(4 * HOUR_MS, { validation: false });
    const { record } = await collectTrail(await world.context());
    expect(record).toMatchObject({ status: "complete", pending: [] });
    expect(record.trail).toMatchObject({
      verdict: "unknown",
      digestFiles: 0,
      problems: [{ what: "trail aiconnectors-trail-dev", why: expect.stringContaining("validation is off") }],
    });
  });

  test("a trail that is not there is a gap by its name; the history is collected all the same", async () => {
    world = await startTrailPlatform();
    world.platform.server.cloudtrail.removeTrail(world.trail);
    const { record } = await collectTrail(await world.context());
    expect(record).toMatchObject({ status: "partial", trail: { verdict: "unknown" } });
    expect(record.gaps).toEqual([
      { what: "trail aiconnectors-trail-dev", why: expect.stringContaining("no trail of this name") },
    ]);
    expect(record.collected.events).toBe(73);
  });

  test("the trail of an organization is found in its folder", async () => {
    world = await startTrailPlatform(4 * HOUR_MS, { organizationId: "o-exampleorgid" });
    const { record, items } = await collectTrail(await world.context());
    expect(record.gaps).toEqual([]);
    expect(record.trail?.verdict).toBe("valid");
    expect(items.some(({ key }) => key.includes("/logs/AWSLogs/o-exampleorgid/111122223333/"))).toBe(true);
  });

  test("a trail of one region gives its region's files; the others' events are in the history", async () => {
    world = await startTrailPlatform(4 * HOUR_MS, { multiRegion: false });
    const { record } = await collectTrail(await world.context());
    expect(record.gaps).toEqual([]);
    expect(record.collected).toMatchObject({ events: 73, eventsInBoth: 72 });
  });
});
