import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { collectTrail, globalRegion } from "../../src/evidence/sources/cloudtrail.ts";
import { uncovered } from "../../src/evidence/sources/trail-parts.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, REGION, startPreservePlatform } from "../support/preserve-platform.ts";
import { linesOf, type PastEvent, TrailHistory, trailContext } from "../support/trail-history.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FOLDER = "incidents/INC-42/captures/7001/cloudtrail/lookup/";

let platform: PreservePlatform;
let history: TrailHistory;
beforeEach(async () => {
  platform = await startPreservePlatform();
  history = new TrailHistory();
});
afterEach(() => platform.close());

/** Events spread over the 23 hours before the last one, three of them in the same second. */
function busy(count: number): PastEvent[] {
  const newest = platform.clock.now() - HOUR_MS;
  const step = (22 * HOUR_MS) / count;
  return Array.from({ length: count }, (_, index) => ({
    id: `event-${index}`,
    at: newest - Math.floor(index / 3) * 3 * step,
    readOnly: index % 5 !== 0,
  }));
}

const collect = async () => {
  const context = await trailContext(platform, { [REGION]: history });
  return { ...(await collectTrail(context)), waited: context.waited() };
};
const denied = () => Object.assign(new Error("not allowed"), { name: "AccessDeniedException" });

describe("the source cloudtrail", () => {
  test("holds every event of the window once, in parts, and counts the changes by another lookup", async () => {
    history.events = busy(4500);
    history.events.push({ id: "too-old", at: platform.clock.now() - 25 * HOUR_MS, readOnly: false });
    const { record, items } = await collect();
    expect(items.map(({ key }) => key)).toEqual([
      `${FOLDER}${REGION}/00001.ndjson.gz`,
      `${FOLDER}${REGION}/00002.ndjson.gz`,
      `${FOLDER}${REGION}/00003.ndjson.gz`,
      `${FOLDER}us-east-1/00001.ndjson.gz`,
    ]);
    const ids: string[] = [];
    for (const item of items) {
      const lines = await linesOf(platform, item);
      expect(item.detail).toEqual({ events: lines.length });
      expect(item.sha256).toBe(sha256((await readObject(platform.vault, item.key)) ?? ""));
      for (const { eventId, record: text } of lines) {
        expect(JSON.parse(text)).toEqual({ eventID: eventId });
        ids.push(eventId);
      }
    }
    expect(ids).toHaveLength(4500);
    expect(new Set(ids).size).toBe(4500);
    expect(ids).not.toContain("too-old");
    expect(record).toMatchObject({
      status: "complete",
      expected: { changes: 900 },
      collected: { events: 4500, changes: 900 },
      gaps: [],
    });
  });

  test("asks twice a second and asks for no page twice", async () => {
    history.events = busy(1000);
    const { waited } = await collect();
    expect(history.lookups).toHaveLength(1000 / 50 + 200 / 50);
    // A lane that comes late to its turn may make up for a quarter of a second.
    expect(waited).toBeGreaterThanOrEqual((history.lookups.length - 1) * 500 - 250);
    expect(waited).toBeLessThan(history.lookups.length * 600);
  });

  test("names until when it is whole, and what may still arrive, without calling that a gap", async () => {
    const { record } = await collect();
    const [lookup] = record.lookups;
    const late = Date.parse(record.pending?.[0]?.expectedBy ?? "") - Date.parse(lookup?.through ?? "");
    expect(late).toBeGreaterThanOrEqual(30 * MINUTE_MS - 2000);
    expect(record).toMatchObject({
      status: "complete",
      lookups: [
        { region: REGION, from: expect.any(String), through: expect.any(String), events: 0 },
        { region: "us-east-1" },
      ],
      pending: [
        { what: expect.stringContaining(`cloudtrail:${REGION} from ${lookup?.through}`) },
        { what: expect.stringContaining("cloudtrail:us-east-1") },
      ],
    });
  });

  test("a run that continues another fetches the rest, and what arrived late meanwhile, and nothing twice", async () => {
    history.events = busy(3000);
    history.fail = (call) => (call === 51 ? denied() : undefined);
    const first = await collect();
    expect(first.record.status).toBe("partial");
    expect(first.record.lookups[0]?.through).toBeNull();
    expect(first.record.gaps).toEqual([
      {
        what: expect.stringMatching(`^cloudtrail:${REGION} from .+ to .+`),
        why: "AccessDeniedException: not allowed",
      },
    ]);
    history.fail = () => undefined;
    history.events.push({ id: "late", at: platform.clock.now() - 2 * MINUTE_MS, readOnly: true });
    const before = history.lookups.length;
    const { record, items } = await collect();
    const ids = (await Promise.all(items.map((item) => linesOf(platform, item)))).flat();
    expect(ids.map(({ eventId }) => eventId).sort()).toEqual(history.events.map(({ id }) => id).sort());
    expect(record.status).toBe("complete");
    expect(items.slice(0, first.items.length - 1)).toMatchObject(
      first.items.slice(0, -1).map(({ key, sha256: digest }) => ({ key, sha256: digest })),
    );
    const fetched = history.lookups.slice(before).filter((one) => one.LookupAttributes === undefined);
    expect(fetched.length).toBeLessThan(15);
  });

  test("an expired token is survived: it goes on from the oldest event, and no event is there twice", async () => {
    history.events = busy(600);
    history.fail = (call) =>
      call === 7
        ? Object.assign(new Error("The token has expired."), { name: "InvalidNextTokenException" })
        : undefined;
    const { record, items } = await collect();
    const lines = (await Promise.all(items.map((item) => linesOf(platform, item)))).flat();
    expect(new Set(lines.map(({ eventId }) => eventId)).size).toBe(600);
    expect(lines).toHaveLength(600);
    expect(record.status).toBe("complete");
  });

  test("what ten minutes do not reach is named, and all that is newer is there", async () => {
    history.events = busy(80_000);
    const { record, items, waited } = await collect();
    expect(waited).toBeLessThan(11 * MINUTE_MS);
    expect(record.status).toBe("partial");
    const [gap] = record.gaps;
    expect(gap?.why).toContain("not reached in 10 minutes");
    const [from = "", to = ""] = gap?.what.split(/ from | to /).slice(1) ?? [];
    const lines = (await Promise.all(items.map((item) => linesOf(platform, item)))).flat();
    const missing = history.events.filter(({ at }) => at >= Date.parse(from) && at < Date.parse(to));
    expect(lines.length + missing.length).toBe(80_000);
    expect(record.expected).toEqual({ counted: "not counted: see the gaps" });
  });

  test("a change that only the count brings to light is a gap", async () => {
    history.events = busy(30);
    history.events.push({
      id: "held-back",
      at: platform.clock.now() - 5 * HOUR_MS,
      readOnly: false,
      shownAfter: 1,
    });
    const { record } = await collect();
    expect(record).toMatchObject({
      status: "partial",
      expected: { changes: 7 },
      collected: { changes: 6 },
    });
    expect(record.gaps).toEqual([
      {
        what: `cloudtrail:${REGION}:held-back`,
        why: expect.stringContaining("only when the events were counted"),
      },
    ]);
  });

  test("a region that refuses leaves the other's events; both refusing is a failure", async () => {
    const elsewhere = new TrailHistory();
    history.events = busy(3);
    elsewhere.fail = denied;
    const one = await collectTrail(
      await trailContext(platform, { [REGION]: history, "us-east-1": elsewhere }),
    );
    expect(one.record).toMatchObject({ status: "partial", collected: { events: 3 } });
    expect(one.record.gaps).toHaveLength(1);
    await platform.close();
    platform = await startPreservePlatform();
    const none = await collectTrail(
      await trailContext(platform, { [REGION]: elsewhere, "us-east-1": elsewhere }),
    );
    expect(none.record.status).toBe("failed");
    expect(none.items).toEqual([]);
  });

  test("events of more than 90 days ago are a gap by name", async () => {
    const context = await trailContext(platform, { [REGION]: history });
    const from = new Date(platform.clock.now() - 100 * 24 * HOUR_MS);
    const { record } = await collectTrail({ ...context, window: { ...context.window, from } });
    expect(record.status).toBe("partial");
    expect(record.gaps).toMatchObject([{ why: expect.stringContaining("older than the 90 days") }]);
    const oldest = Math.min(...history.lookups.map(({ StartTime }) => StartTime.getTime()));
    expect(platform.clock.now() - oldest).toBeLessThanOrEqual(90 * 24 * HOUR_MS + MINUTE_MS);
  });
});

describe("against the simulated CloudTrail", () => {
  test("IAM's events come from the region of the global services, the service's from its own", async () => {
    const eventTime = platform.clock.now() - HOUR_MS;
    const username = "svc-reporting";
    platform.server.cloudtrail.seed({
      eventName: "CreateAccessKey",
      eventTime,
      eventSource: "iam.amazonaws.com",
      username,
    });
    platform.server.cloudtrail.seed({
      eventName: "GetParameter",
      eventTime,
      eventSource: "ssm.amazonaws.com",
      username,
    });
    const { record, items } = await collectTrail(await platform.source());
    expect(record).toMatchObject({
      status: "complete",
      collected: { events: 2, eventsInBoth: 1, changes: 1 },
      lookups: [
        { region: REGION, events: 1 },
        { region: "us-east-1", events: 1 },
      ],
    });
    const lookedUp = items.filter(({ method }) => method === "stream");
    const names = await Promise.all(
      lookedUp.map(async (item) =>
        (await linesOf(platform, item)).map(({ record: text }) => JSON.parse(text)),
      ),
    );
    expect(names.flat()).toMatchObject([
      { eventName: "GetParameter", awsRegion: REGION },
      { eventName: "CreateAccessKey", awsRegion: "us-east-1" },
    ]);
  });
});

test.each([
  ["eu-west-1", "us-east-1"],
  ["us-gov-east-1", "us-gov-west-1"],
  ["cn-northwest-1", "cn-north-1"],
])("global services of %s are looked up in %s", (region, global) => {
  expect(globalRegion(region)).toBe(global);
});

test("what is left of a range: newest first, nothing of what is covered", () => {
  const range = { from: 0, to: 100 };
  expect(uncovered(range, [])).toEqual([range]);
  expect(
    uncovered(range, [
      { from: 60, to: 80 },
      { from: 20, to: 70 },
    ]),
  ).toEqual([
    { from: 80, to: 100 },
    { from: 0, to: 20 },
  ]);
  expect(uncovered(range, [{ from: -5, to: 200 }])).toEqual([]);
});
