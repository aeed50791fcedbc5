import { StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { afterEach, describe, expect, test } from "@jest/globals";
import { collectTrail } from "../../src/evidence/sources/cloudtrail.ts";
import { listKeys } from "../../src/vault/vault.ts";
import { REGION } from "../support/preserve-platform.ts";
import {
  destroy,
  filesOf,
  HOUR_MS,
  sealedAs,
  startTrailPlatform,
  type TrailPlatform,
} from "../support/trail-files.ts";

let world: TrailPlatform;
afterEach(() => world.close());

const MINUTE_MS = 60_000;
const copiesOf = (items: readonly { key: string; method: string }[]) =>
  items
    .filter(({ method }) => method === "copy")
    .map(({ key }) => key.replace(/^.*\/cloudtrail\/trail\//, ""));

describe("what the trail delivers after the capture", () => {
  test("is pending in the first capture; a later one collects just that, and then the source is final", async () => {
    world = await startTrailPlatform(0);
    world.event("PutParameter", world.to - 3 * MINUTE_MS);
    const first = await collectTrail(await world.context());
    expect(first.record.gaps).toEqual([]);
    expect(first.record).toMatchObject({ status: "complete", trail: { verdict: "pending", problems: [] } });
    const pending = first.record.pending?.map(({ what }) => what) ?? [];
    expect(pending).toContainEqual(expect.stringMatching(`^trail .+, ${REGION}: log files of up to`));
    expect(pending).toContainEqual(expect.stringMatching(`^trail .+, ${REGION}: digest files of after`));
    for (const { expectedBy } of first.record.pending ?? [])
      expect(Date.parse(expectedBy ?? "")).toBeGreaterThan(world.to);

    world.moveOn(3 * HOUR_MS);
    const second = await collectTrail(await world.context("7002", [sealedAs("7001", first)]));
    expect(second.record.gaps).toEqual([]);
    expect(second.record).toMatchObject({ status: "complete", pending: [], trail: { verdict: "valid" } });
    expect(second.record.collected.events).toBe(Number(first.record.collected.events) + 1);
    expect(second.record.collected.logFiles).toBe(second.record.expected.logFiles);
    const [before, after] = [copiesOf(first.items), copiesOf(second.items)];
    expect(after.filter((key) => before.includes(key))).toEqual([]);
    expect(after.length).toBeGreaterThan(0);
    expect(after.length).toBeLessThan(12);
    for (const { key } of second.items) expect(key).toContain("/captures/7002/");
  });

  test("an event that the trail delivers late is pending, not missing", async () => {
    world = await startTrailPlatform(0, { deliveryDelayMs: 40 * MINUTE_MS });
    world.event("PutParameter", world.to - 30 * MINUTE_MS);
    const { record } = await collectTrail(await world.context());
    expect(record.gaps).toEqual([]);
    expect(record.pending).toContainEqual({
      what: expect.stringMatching(`^cloudtrail:${REGION}: [1-9] events$`),
      why: expect.stringContaining("only in the event history"),
      expectedBy: expect.any(String),
    });
  });

  test("a file that vanishes from the bucket after the capture is named, and is not missing", async () => {
    world = await startTrailPlatform();
    const first = await collectTrail(await world.context());
    const gone = [filesOf(world, "CloudTrail")[20] ?? "", filesOf(world, "CloudTrail-Digest")[10] ?? ""];
    for (const key of gone) destroy(world, key);
    const second = await collectTrail(await world.context("7002", [sealedAs("7001", first)]));
    expect(second.record.status).toBe("complete");
    expect(second.record.trail?.verdict).toBe("invalid");
    expect(second.record.trail?.problems).toEqual(
      gone
        .toReversed()
        .map((what) => ({ what, why: "is gone from the bucket; an earlier capture holds it" })),
    );
    expect(copiesOf(second.items)).toEqual([]);
  });
});

test("a trail that was stopped delivers no more: its last digest ends the chain, and the silence is a gap", async () => {
  world = await startTrailPlatform(0);
  const { platform, trail } = world;
  await platform.aws.cloudtrail.send(new StopLoggingCommand({ Name: trail.arn }));
  const stopped = platform.clock.now();
  world.moveOn(2 * HOUR_MS);
  world.event("DeleteParameter", stopped + HOUR_MS);
  const context = await world.context();
  const window = { from: context.window.from, to: new Date(stopped + 90 * MINUTE_MS) };
  const { record } = await collectTrail({ ...context, window });
  expect(record.gaps).toEqual([
    {
      what: expect.stringMatching(/^trail aiconnectors-trail-dev from .+ to /),
      why: expect.stringContaining("it was not logging"),
    },
  ]);
  expect(record.pending?.filter(({ what }) => what.includes("digest files"))).toEqual([]);
  expect(record.trail?.verdict).toBe("valid");
});

test("a killed run goes on: what it copied is not copied again, and every file is an item once", async () => {
  world = await startTrailPlatform();
  const context = await world.context();
  let calls = 0;
  const { s3 } = context.aws;
  const dying = Object.assign(Object.create(s3), {
    send: (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "CopyObjectCommand") calls += 1;
      return calls > 30 ? Promise.reject(new Error("killed")) : s3.send(command as never);
    },
  }) as typeof s3;
  const first = await collectTrail({ ...context, aws: { ...context.aws, s3: dying } });
  expect(first.record.status).toBe("partial");
  const copied = copiesOf(first.items);
  expect(copied).toHaveLength(30);
  const before = world.platform.operations("s3").filter((one) => one === "CopyObject").length;
  const second = await collectTrail(await world.context());
  expect(second.record).toMatchObject({ status: "complete", gaps: [], trail: { verdict: "valid" } });
  const all = copiesOf(second.items);
  expect(new Set(all).size).toBe(all.length);
  expect(world.platform.operations("s3").filter((one) => one === "CopyObject").length - before).toBe(
    all.length - 30,
  );
  const keys = await listKeys(world.platform.vault, context.folder);
  expect(keys.sort()).toEqual(second.items.map(({ key }) => key).sort());
});
