import { beforeEach, describe, expect, test } from "@jest/globals";
import { choose } from "../../src/clocks/choose.ts";
import type { Row, Snapshot } from "../../src/clocks/snapshot.ts";
import { ClocksWorld } from "../support/clocks-world.ts";

const START = "2026-11-23T09:00:00Z";

/** How often each incident's ledger was read whole since `from`. */
function reads(world: ClocksWorld, from: number): string[] {
  const calls = world.s3.calls.slice(from).filter(({ operation }) => operation === "ListObjectVersions");
  return [...new Set(calls.map(({ key }) => key.split("/")[1] ?? ""))].sort();
}

describe("how many calls a run takes", () => {
  test.each([10, 100])(
    "with %i open incidents and nothing due: tens",
    async (count) => {
      const world = new ClocksWorld(START);
      for (let number = 1; number <= count; number += 1) await world.declare(number, { severity: "low" });
      world.minutes(20);
      const first = await world.run();
      expect(first.read).toBe(count);
      // The first run told people and so changed the issues: the next one looks whether anybody else wrote, too.
      world.minutes(30);
      const second = await world.run();
      expect(second.read).toBe(0);
      world.minutes(30);
      const from = world.s3.calls.length;
      const next = await world.run();
      expect(reads(world, from)).toEqual([]);
      expect(next.read).toBe(0);
      expect(next.calls.s3 + next.calls.github).toBeLessThanOrEqual(30);
      expect(next.incidents.size).toBe(count);
    },
    60_000,
  );
});

describe("which ledgers are read", () => {
  let world: ClocksWorld;
  let from: number;

  /** Thirty incidents of which all was read, so that not all are looked at in one run. */
  beforeEach(async () => {
    world = new ClocksWorld(START);
    for (let number = 1; number <= 30; number += 1) await world.declare(number, { severity: "low" });
    world.minutes(20);
    await world.run();
    world.minutes(30);
    from = world.s3.calls.length;
  });

  const note = async (number: number) => {
    const record = await world.open(number);
    await record.append("personal-data-found", found, "personal-data-found");
    from = world.s3.calls.length;
  };
  const by = { login: "olga", name: "Olga Oncall" };
  const found = { awareAt: START, reason: "names in the logs", by };

  test("one whose issue has changed, once its ledger has grown", async () => {
    await note(29);
    Object.assign(world.issues.get(29) ?? {}, { updated_at: world.now.toISOString() });
    Object.assign(world.issues.get(30) ?? {}, { updated_at: world.now.toISOString() });
    const { incidents } = await world.run();
    expect(reads(world, from)).toEqual(["INC-29"]);
    expect(incidents.get("INC-29")?.open.map(({ id }) => id)).toContain("gdpr");
  });

  test("one that grew without its issue showing it, a few runs later", async () => {
    await note(30);
    for (const issue of world.issues.values()) issue.updated_at = START;
    const seen: number[] = [];
    for (let run = 1; run <= 2; run += 1) {
      await world.run();
      seen.push(reads(world, from).length);
      world.minutes(15);
    }
    expect(seen).toEqual([0, 1]);
  });

  test("one that is new, and every open one when the runbook's times have changed", async () => {
    await world.declare(31, { severity: "low" });
    from = world.s3.calls.length;
    await world.run();
    expect(reads(world, from)).toEqual(["INC-31"]);
    const { clocks } = world.runbook;
    if (clocks) world.runbook = { ...world.runbook, clocks: { ...clocks, overdue_at_most: 1 } };
    from = world.s3.calls.length;
    await world.run();
    expect(reads(world, from)).toHaveLength(31);
  });

  test("all of them, when the snapshot cannot be understood; the next one is written after it", async () => {
    const [newest = ""] = [...world.s3.objects.keys()].filter((key) => key.startsWith("clocks/")).sort();
    world.s3.objects.set(newest, Buffer.from('{"schema":"firebreak/clocks/v2"}'));
    await world.run();
    expect(reads(world, from)).toHaveLength(30);
    expect(world.warnings.join()).toContain("cannot be understood");
    from = world.s3.calls.length;
    await world.run();
    expect(reads(world, from)).toEqual([]);
  });

  test("a ledger that cannot be read fails the run alone, and is tried again in the next", async () => {
    world.minutes(24 * 60);
    const key = "incidents/INC-7/ledger/00000001.json";
    const entry = world.s3.objects.get(key) ?? Buffer.alloc(0);
    world.s3.objects.set(key, Buffer.from("{}"));
    const run = await world.run();
    expect([...run.failures.keys()]).toEqual(["INC-7"]);
    expect(run.done.size).toBe(29);
    world.s3.objects.set(key, entry);
    const again = await world.run();
    expect([...again.done.keys()]).toEqual(["INC-7"]);
  });

  test("an improvement whose issue was closed is recorded, and an incident with none left is at its end", async () => {
    const record = await world.open(3);
    const improvement = { improvement: "a", text: "Alarm earlier", issue: 77, url: "u", owner: "olga" };
    await record.append("improvement-opened", { ...improvement, due: "2026-12-31" }, "improvement-opened/a");
    const issue = world.issue(77, "improvement");
    await record.project();
    await world.run();
    world.minutes(60);
    const closed = world.now.toISOString();
    Object.assign(issue, { state: "closed", closed_at: closed, updated_at: closed });
    from = world.s3.calls.length;
    const { incidents } = await world.run();
    expect(reads(world, from)).toEqual(["INC-3"]);
    const entry = (await world.open(3)).latest("improvement-closed");
    expect(entry?.data).toEqual({ improvement: "a", issue: 77, closedAt: closed });
    expect(incidents.get("INC-3")?.improvements).toEqual([]);
  });
});

describe("the choice", () => {
  const row = (lookedAt: number, changes: Partial<Row> = {}): Row => ({
    entries: 3,
    lookedAt: new Date(Date.parse(START) + lookedAt * 60_000).toISOString(),
    next: null,
    severity: "low",
    open: [{ id: "review", due: START }],
    improvements: [],
    ...changes,
  });
  const snapshot = (incidents: Record<string, Row>): Snapshot => ({
    schema: "firebreak/clocks/v1",
    environment: "dev",
    at: START,
    rules: "r",
    incidents,
  });

  test("takes the longest unseen first, and two of those that are settled", () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`INC-${index + 1}`, row(100 - index)]),
    );
    const settled = Object.fromEntries(
      Array.from({ length: 5 }, (_, index) => [`INC-${index + 50}`, row(index, { open: [] })]),
    );
    const { read, look } = choose(
      snapshot({ ...many, ...settled }),
      Object.keys({ ...many, ...settled }),
      new Map(),
      "r",
      new Date(START),
    );
    expect(read).toEqual([]);
    expect(look).toEqual([
      ...Array.from({ length: 18 }, (_, index) => `INC-${index + 23}`),
      "INC-50",
      "INC-51",
    ]);
  });

  test("what has vanished from the vault is read, so that it fails; what is settled is not read for new rules", () => {
    const known = snapshot({ "INC-1": row(0), "INC-2": row(0, { open: [] }) });
    expect(choose(known, [], new Map(), "r", new Date(START)).read).toEqual(["INC-1", "INC-2"]);
    expect(choose(known, ["INC-1", "INC-2"], new Map(), "other", new Date(START)).read).toEqual(["INC-1"]);
  });
});
