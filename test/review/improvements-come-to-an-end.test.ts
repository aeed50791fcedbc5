import { beforeEach, describe, expect, test } from "@jest/globals";
import type { RecordDeps } from "../../src/incident/record.ts";
import { closedImprovements } from "../../src/review/folder.ts";
import { closeImprovements } from "../../src/review/improvements.ts";
import { ClocksWorld } from "../support/clocks-world.ts";
import { dataOf, runbook, story, written } from "./world.ts";

const START = "2026-11-23T09:00:00Z";
let world: ClocksWorld;

beforeEach(() => {
  world = new ClocksWorld(START);
});

describe("an improvement whose issue was deleted", () => {
  async function asked() {
    const record = await world.declare(42);
    const improvement = { text: "Alarm earlier", url: "u", owner: "olga", due: "2026-12-31" };
    for (const issue of [77, 78])
      await record.append(
        "improvement-opened",
        { ...improvement, improvement: `i${issue}`, issue },
        `improvement-opened/${issue}`,
      );
    world.issue(78, "incident-improvement");
    return record;
  }

  test("is at its end, the ledger says why, and the others are looked after", async () => {
    const record = await asked();
    const shut = world.issue(78, "incident-improvement");
    Object.assign(shut, { state: "closed", closed_at: "2026-11-23T08:00:00Z" });
    await closeImprovements(world.deps(), record);
    await closeImprovements(world.deps(), record);
    expect(record.all("improvement-closed").map(({ data }) => data)).toEqual([
      { improvement: "i77", issue: 77, closedAt: "2026-11-23T09:00:00.000Z", deleted: true },
      { improvement: "i78", issue: 78, closedAt: "2026-11-23T08:00:00.000Z" },
    ]);
    const { failures, incidents } = await world.run();
    expect(failures.size).toBe(0);
    expect(incidents.get("INC-42")?.improvements).toEqual([]);
  });

  test("is none where no issue can be read at all", async () => {
    const record = await asked();
    const deps = world.deps();
    const missing = Object.assign(new Error("Not Found"), { status: 404 });
    const issues = {
      get: async () => {
        throw missing;
      },
      listForRepo: async () => {
        throw missing;
      },
    };
    const blind = { ...deps, github: { rest: { issues } } } as unknown as RecordDeps;
    await expect(closeImprovements(blind, record)).rejects.toThrow("Not Found");
    expect(record.all("improvement-closed")).toEqual([]);
  });
});

test("the page counts as closed what was closed, also without its label, and what was deleted", async () => {
  const { entries } = story();
  const one = dataOf(written(entries), entries);
  const improvement = { url: "https://github.example/1", text: "t", owner: null, due: null };
  const record = { ...one, improvements: [57, 58, 59, 60].map((issue) => ({ ...improvement, issue })) };
  const issues: Record<number, { state: string; closed_at: string | null; labels: string[] }> = {
    57: { state: "closed", closed_at: "2026-12-01T10:00:00Z", labels: ["incident-improvement"] },
    58: { state: "closed", closed_at: "2026-12-02T10:00:00Z", labels: [] },
    59: { state: "open", closed_at: null, labels: ["incident-improvement"] },
  };
  const rest = {
    issues: {
      listForRepo: async () => ({ data: [] }),
      get: async ({ issue_number }: { issue_number: number }) => {
        const data = issues[issue_number];
        if (!data) throw Object.assign(new Error("This issue was deleted"), { status: 410 });
        return { data };
      },
    },
  };
  const paginate = async (_: unknown, { labels }: { labels: string }) =>
    Object.entries(issues)
      .filter(([, issue]) => issue.state === "closed" && issue.labels.includes(labels))
      .map(([number, { closed_at }]) => ({ number: Number(number), closed_at }));
  const deps = { ...world.deps(), github: { rest, paginate } } as unknown as RecordDeps;
  const days = await closedImprovements(deps, [{ name: "x.md", record }], runbook.time_zone);
  expect([...days]).toEqual([
    [57, "2026-12-01"],
    [58, "2026-12-02"],
    [60, "2026-11-25"],
  ]);
});
