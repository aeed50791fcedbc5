import { describe, expect, test } from "@jest/globals";
import { renderLedgerPart } from "../../src/review/ledger-part.ts";
import { outages } from "../../src/review/service-time.ts";
import { measuredTimes } from "../../src/review/times.ts";
import { runbook, story } from "./world.ts";

const at = (time: string, day = "21") => `2026-11-${day}T${time}Z`;

describe("times", () => {
  test("are measured from the declaration, the first from the first sign, beside the runbook's targets", () => {
    const entries = story().add("indicator-received", {
      indicator: "alarms/error-rate",
      what: "w",
      reference: null,
      seenAt: at("02:15:00"),
      reportedBy: null,
      proposed: { severity: "high", type: "service-outage" },
      joined: true,
    }).entries;
    const times = measuredTimes(entries, runbook).map(({ measure, minutes, target }) => [
      measure,
      minutes,
      target,
    ]);
    expect(times).toEqual([
      ["detect", 45, null],
      ["acknowledge", 20, 30],
      ["preserve", 30, 60],
      ["contain", 150, 120],
      ["resolve", null, 2880],
    ]);
  });

  test("what is missed is said to be", () => {
    const text = renderLedgerPart(story().entries, runbook);
    expect(text).toContain("| contain | declaration to containment | 2 h 30 min | 2 h | **missed** |");
    expect(text).toContain("declaration to containment took **2 h 30 min**, the runbook allows 2 h");
    expect(text).toContain("Gate **refused**");
    const strayed = /## What did not go.*?\n## /s.exec(text)?.[0] ?? "";
    const moments = [...strayed.matchAll(/^- (2026.*?) UTC/gm)].map(([, moment]) => moment);
    expect(moments).toEqual(["2026-11-21 04:00:00", "2026-11-21 05:30:00"]);
    const open = story().add(
      "reminded",
      { about: "x", stage: "50", due: at("09:00:00"), to: ["y"] },
      at("04:00:00", "24"),
    );
    expect(renderLedgerPart(open.entries, runbook)).toContain(
      "every step but the review done has taken **3 d 1 h** so far, the runbook allows 2 d",
    );
  });
});

describe("service time", () => {
  test("goes on while nothing has come back, to the newest entry", () => {
    expect(outages(story().entries)).toEqual([
      { mcp: "servicenow", serving: "none", tasks: 3, from: at("05:00:01"), to: null, minutes: 31 },
    ]);
  });

  test("ends when the tasks are proved to run, and begins anew when it is contained anew", () => {
    const made = { action: "scale-down", step: "scale-to-zero", target: "svc", outcome: {} };
    const entries = story()
      .add(
        "change-verified",
        { action: "restore-service", step: "restore-desired-count", target: "svc", proof: {} },
        at("07:00:00"),
      )
      .add(
        "restored",
        { action: "restore-service", summary: "s", rootCause: "r", details: {} },
        at("07:05:00"),
      )
      .add("change-made", made, at("09:00:00"))
      .add("change-made", made, at("09:30:00"))
      .add("restored", { action: "undo", summary: "s", rootCause: "r", details: {} }, at("10:00:00")).entries;
    expect(outages(entries).map(({ from, to, minutes }) => [from, to, minutes])).toEqual([
      [at("05:00:01"), at("07:00:00"), 120],
      [at("09:00:00"), at("10:00:00"), 60],
    ]);
  });

  test("of tasks stopped under a role is at most until the proof", () => {
    const step = { action: "revoke-role", step: "stop-tasks", target: "svc" };
    const entries = story()
      .add("change-made", { ...step, outcome: { tasks: ["a", "b"] } }, at("06:00:00"))
      .add("change-verified", { ...step, proof: {} }, at("06:02:30")).entries;
    expect(outages(entries)[1]).toMatchObject({ serving: "fewer", tasks: 2, minutes: 3 });
  });
});

describe("what is told", () => {
  test("fits into a comment, however long the ledger is", () => {
    const long = story();
    for (let index = 0; index < 400; index += 1)
      long.add("capture-failed", { capture: `c${index}`, message: "m".repeat(300) });
    const text = renderLedgerPart(long.entries, runbook);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain("## Timeline");
  });

  test("names a manual step that was done late, by when it was done and not by when it was confirmed", () => {
    const declared = { type: "user-account-compromised", principal: "a@example.com" };
    const confirmed = (done: string) =>
      renderLedgerPart(
        story(declared).add(
          "step-confirmed",
          {
            step: "disable-account",
            text: "t",
            by: "Ida",
            at: done,
            note: "n",
            confirmedBy: { login: "oncall", name: "O" },
            planSha256: null,
          },
          at("12:00:00"),
        ).entries,
        runbook,
      );
    expect(confirmed(at("03:29:00"))).not.toContain("the step ` disable-account `");
    expect(confirmed(at("03:31:00"))).toContain("was due and was done 2026-11-21 03:31:00");
    expect(renderLedgerPart(story(declared).entries, runbook)).toContain("was due and is **not done**");
  });

  test("gives the verifier's verdict with what it found", () => {
    const data = {
      verdict: "not-verified" as const,
      ledgerHead: "b".repeat(64),
      captures: [],
      found: ["`x` was altered"],
      findings: 3,
    };
    const text = renderLedgerPart(story().add("evidence-verified", data).entries, runbook);
    expect(text).toContain("**not verified**");
    expect(text).toContain("and 2 more");
  });
});
