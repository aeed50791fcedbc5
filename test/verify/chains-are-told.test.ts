import { describe, expect, test } from "@jest/globals";
import type { CaptureReport } from "../../src/verify/capture.ts";
import { chainsOf } from "../../src/verify/chains.ts";
import { reportLines } from "../../src/verify/words.ts";

type Source = CaptureReport["sources"][number];

const source = (name: string, changes: Partial<Source> = {}): Source => ({
  source: name,
  status: "complete",
  expected: {},
  collected: {},
  gaps: [],
  ...changes,
});

function capture(name: string, sources: Source[], changes: Partial<CaptureReport> = {}): CaptureReport {
  return {
    capture: name,
    sealed: true,
    manifestSha256: "0".repeat(64),
    sealedAt: `2026-11-21T0${name.length}:00:00.000Z`,
    items: 1,
    bytes: 1,
    supplements: null,
    complete: sources.every(({ status }) => status === "complete"),
    gaps: [],
    sources,
    ...changes,
  };
}

const adds = (to: string) => ({ supplements: { capture: to, manifestSha256: "0".repeat(64) } });

function words(...captures: CaptureReport[]): string {
  return reportLines({
    incident: "INC-42",
    verdict: "verified",
    ledger: { entries: 1, head: null, newestAt: null },
    captures,
    chains: chainsOf(captures),
    problems: [],
    unchecked: [],
    notes: [],
    checked: { objects: 0, bytes: 0 },
  }).join("\n");
}

const gap = { what: "stream a", why: "denied" };
const comesLater = { what: "the export", why: "it runs", expectedBy: null };
const partial = capture("1", [source("ecs"), source("audit-logs", { status: "partial", gaps: [gap] })]);

describe("a capture that adds to another", () => {
  test("is complete of what it was for, and says that of nothing else", () => {
    const text = words(partial, capture("1_2", [source("ecs")], adds("1")));
    expect(text).toContain("Complete, of what it was for (ecs): nothing that was to be collected is missing");
    expect(text.match(/Complete: nothing/g)).toBeNull();
    expect(text).toContain(
      "Capture 1 with what adds to it (1_2): not complete: audit-logs (partly collected, by 1)",
    );
  });

  test("waiting for something does not say that nothing is missing, and neither does the chain", () => {
    const text = words(partial, capture("1_2", [source("audit-logs", { pending: [comesLater] })], adds("1")));
    expect(text).not.toContain("nothing that was to be collected is missing");
    expect(text).toContain("comes later: the export: it runs");
    expect(text).toContain("not complete: audit-logs (something is still to come, by 1_2)");
  });

  test("that brought the last thing makes the chain complete", () => {
    const chain = [partial, capture("1_2", [source("audit-logs")], adds("1"))];
    expect(words(...chain)).toContain(
      "Capture 1 with what adds to it (1_2): complete: nothing that was to be collected is missing",
    );
    expect(chainsOf(chain)).toEqual([{ capture: "1", supplements: ["1_2"], complete: true, open: [] }]);
  });

  test("of a capture that is not there is complete of nothing, nor do circles end anything", () => {
    const alone = [capture("1_2", [source("ecs")], adds("1"))];
    expect(chainsOf(alone)).toEqual([{ capture: "1_2", supplements: [], complete: false, open: [] }]);
    const circle = [capture("1", [source("ecs")], adds("2")), capture("2", [source("ecs")], adds("1"))];
    expect(chainsOf(circle).map(({ complete }) => complete)).toEqual([false, false]);
  });
});

describe("an ordinary capture", () => {
  test("with everything is complete; while something is still to come it is not", () => {
    expect(words(capture("1", [source("ecs")]))).toContain("Complete: nothing that was to be collected");
    const waiting = capture("1", [source("ecs", { pending: [comesLater] })]);
    expect(words(waiting)).toContain("Complete as far as it could be when it was sealed: what comes later");
    expect(chainsOf([waiting])[0]).toMatchObject({ complete: false, open: [{ source: "ecs", in: "1" }] });
  });

  test("names what it was not asked for", () => {
    const gaps = [{ what: "audit-logs", why: "not asked for" }];
    const lacking = capture("1", [source("ecs")], { gaps, complete: false });
    expect(words(lacking)).toContain("missing: audit-logs: not asked for");
    expect(chainsOf([lacking])[0]?.open).toEqual([{ source: "audit-logs", status: "missing", in: "1" }]);
  });
});
