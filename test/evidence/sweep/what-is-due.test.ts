import { describe, expect, test } from "@jest/globals";
import type { SealedCapture } from "../../../src/evidence/manifest.ts";
import { chainsOf } from "../../../src/evidence/sweep/chain.ts";
import { deadlineOf } from "../../../src/evidence/sweep/deadline.ts";
import { type Circumstances, judge } from "../../../src/evidence/sweep/due.ts";
import { ownRunbook } from "../../support/incident.ts";
import { at, captured, HOUR_MS, pendingAt, START, source } from "./sealed-captures.ts";

const GAP = { what: "stream a", why: "ThrottlingException" };

/** `source of capture: state`, by capture. */
function states(captures: SealedCapture[], hours: number, changes: Partial<Circumstances> = {}): string[] {
  const judged = judge(chainsOf(captures), {
    now: new Date(START + hours * HOUR_MS),
    deadline: (_source, sealedAt) => new Date(Date.parse(sealedAt) + 24 * HOUR_MS),
    atWork: () => false,
    tried: () => false,
    ...changes,
  });
  return judged.map(({ source: name, chain, state }) => `${name} of ${chain.first.capture}: ${state}`);
}

describe("a source", () => {
  test("that was collected whole is final at once", () => {
    expect(states([captured("7001", 0, [source("ecs")])], 0)).toEqual(["ecs of 7001: complete"]);
  });

  test("of which something is pending is collected again when that can be expected, and not before", () => {
    const first = captured("7001", 0, [
      source("cloudtrail", { pending: [pendingAt(at(2)), pendingAt(at(5))] }),
    ]);
    expect(states([first], 1.9)).toEqual(["cloudtrail of 7001: wait"]);
    expect(states([first], 2)).toEqual(["cloudtrail of 7001: collect"]);
    const second = captured("7001_8", 2.1, [source("cloudtrail", { pending: [pendingAt(at(5))] })], {
      adds: first,
    });
    expect(states([second, first], 3)).toEqual(["cloudtrail of 7001: wait"]);
    expect(states([second, first], 5)).toEqual(["cloudtrail of 7001: collect"]);
    const third = captured("7001_9", 5.1, [source("cloudtrail")], { adds: second });
    expect(states([third, first, second], 5.2)).toEqual(["cloudtrail of 7001: complete"]);
  });

  test("with a gap, or with something that nobody can foretell, is tried in growing intervals", () => {
    for (const record of [
      source("cloudwatch-logs", { gaps: [GAP] }),
      source("cloudwatch-logs", { status: "failed" }),
      source("cloudwatch-logs", { pending: [pendingAt(null)] }),
    ]) {
      const tries: number[] = [];
      const captures = [captured("7001", 0, [record])];
      for (let hours = 0.25; hours < 24; hours += 0.25) {
        if (states(captures, hours)[0] !== "cloudwatch-logs of 7001: collect") continue;
        tries.push(hours);
        captures.push(captured(`7001_${hours}`, hours, [record], { adds: captures.at(-1) as SealedCapture }));
      }
      expect(tries).toEqual([0.5, 1, 2, 4, 8, 16]);
    }
  });

  test("that was expected, came not, and names no new time is tried in growing intervals too", () => {
    const first = captured("7001", 0, [source("cloudtrail", { pending: [pendingAt(at(1))] })]);
    const second = captured("7001_8", 1, [source("cloudtrail", { pending: [pendingAt(at(1))] })], {
      adds: first,
    });
    expect(states([first, second], 1.9)).toEqual(["cloudtrail of 7001: wait"]);
    expect(states([first, second], 2)).toEqual(["cloudtrail of 7001: collect"]);
  });

  test("that a service still works for is not final", () => {
    const first = captured("7001", 0, [source("cloudwatch-logs")]);
    const atWork = () => true;
    expect(states([first], 0.1, { atWork })).toEqual(["cloudwatch-logs of 7001: wait"]);
    expect(states([first], 1, { atWork })).toEqual(["cloudwatch-logs of 7001: collect"]);
  });

  test("that a person was asked for is never collected", () => {
    const first = captured("7001", 0, [source("ssm-parameter", { status: "requested" })]);
    expect(states([first], 23)).toEqual(["ssm-parameter of 7001: wait"]);
    expect(states([first], 24)).toEqual(["ssm-parameter of 7001: expired"]);
  });

  test("whose deadline has passed is tried once more, then given up with what is missing by name", () => {
    const pending = pendingAt(at(30));
    const first = captured("7001", 0, [source("cloudtrail", { gaps: [GAP], pending: [pending] })]);
    expect(states([first], 24)).toEqual(["cloudtrail of 7001: collect"]);
    // A try that this run could not seal was none.
    expect(states([first], 24, { tried: () => true })).toEqual(["cloudtrail of 7001: wait"]);
    const second = captured("7001_8", 24.1, [source("cloudtrail", { pending: [pending] })], { adds: first });
    const [judged] = judge(chainsOf([first, second]), {
      now: new Date(at(24.2)),
      deadline: () => new Date(at(24)),
      atWork: () => false,
      tried: () => false,
    });
    expect(judged).toMatchObject({
      state: "expired",
      by: { capture: "7001_8" },
      missing: [{ what: pending.what, why: pending.why }],
    });
    const whole = captured("7001_8", 24.1, [source("cloudtrail")], { adds: first });
    expect(states([first, whole], 48)).toEqual(["cloudtrail of 7001: complete"]);
  });
});

describe("several chains", () => {
  const late = source("cloudtrail", { pending: [pendingAt(at(1))] });

  test("leave to the newer what it holds complete but for what is pending", () => {
    const older = captured("7001", 0, [late, source("ecs", { pending: [pendingAt(at(9))] })]);
    const newer = captured("7002", 0.5, [late, source("ecs")]);
    expect(states([newer, older], 1)).toEqual([
      "cloudtrail of 7001: wait",
      "ecs of 7001: complete",
      "cloudtrail of 7002: collect",
      "ecs of 7002: complete",
    ]);
    const added = captured("7002_9", 1.1, [source("cloudtrail")], { adds: newer });
    const judged = judge(chainsOf([added, newer, older]), {
      now: new Date(at(1.2)),
      deadline: () => new Date(at(24)),
      atWork: () => false,
      tried: () => false,
    });
    expect(judged.filter(({ source: name }) => name === "cloudtrail")).toMatchObject([
      { chain: { first: { capture: "7001" } }, state: "complete", by: { capture: "7002_9" } },
      { chain: { first: { capture: "7002" } }, state: "complete", by: { capture: "7002_9" } },
    ]);
  });

  test("leave no gap of the older to the newer, which may never have seen what is missing", () => {
    const older = captured("7001", 0, [source("audit-logs", { gaps: [GAP] })]);
    const newer = captured("7002", 0.5, [source("audit-logs")]);
    expect(states([older, newer], 1)).toContain("audit-logs of 7001: collect");
    const last = captured("7001_9", 24.1, [source("audit-logs", { gaps: [GAP] })], { adds: older });
    expect(states([older, newer, last], 25)).toContain("audit-logs of 7001: expired");
  });

  test("are collected each for itself where the newer has gaps, lacks the source, or has another window", () => {
    const older = captured("7001", 0, [late]);
    for (const newer of [
      captured("7002", 0.5, [source("cloudtrail", { gaps: [GAP] })]),
      captured("7002", 0.5, [source("ecs")]),
      captured("7002", 0.5, [source("cloudtrail")], { windowEnd: -1 }),
    ])
      expect(states([older, newer], 1)).toContain("cloudtrail of 7001: collect");
  });
});

describe("a chain", () => {
  const first = captured("7001", 0, [source("ecs")]);

  test("holds what adds to its capture directly or through another, and what two runs added at once", () => {
    const second = captured("7001_8", 1, [source("ecs")], { adds: first });
    const third = captured("7001_9", 2, [source("ecs")], { adds: second });
    const beside = captured("7001_7", 2.5, [source("ecs")], { adds: first });
    const other = captured("7002", 3, [source("ecs")]);
    const chains = chainsOf([other, beside, third, first, second]);
    expect(chains.map(({ captures }) => captures.map(({ capture }) => capture))).toEqual([
      ["7001", "7001_8", "7001_9", "7001_7"],
      ["7002"],
    ]);
  });

  test("is refused when what one of it adds to is not there as it was", () => {
    const forged = { ...first, sha256: "0".repeat(64) };
    const second = captured("7001_8", 1, [source("ecs")], { adds: forged });
    expect(() => chainsOf([first, second])).toThrow("7001_8 adds to capture 7001, which is not there");
  });
});

test("deadlines are the runbook's, else 24 hours, and 120 for what people export", () => {
  const runbook = ownRunbook();
  const settle = { ...runbook, evidence: { ...runbook.evidence, settle_hours: { cloudtrail: 36 } } };
  const hours = (name: string) => (deadlineOf(settle, name, at(0)).getTime() - START) / HOUR_MS;
  expect(["cloudtrail", "ecs", "entra-sign-in"].map(hours)).toEqual([36, 24, 120]);
});
