import { describe, expect, test } from "@jest/globals";
import { marked } from "marked";
import { renderLedgerPart } from "../../src/review/ledger-part.ts";
import { outages } from "../../src/review/service-time.ts";
import { measuredTimes } from "../../src/review/times.ts";
import { facts, LedgerBuilder } from "../support/incident.ts";
import { confirmedStep } from "../support/response.ts";
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
      ["acknowledge", 21, 30],
      ["preserve", 30, 60],
      ["contain", 150, 120],
      ["resolve", null, 2880],
    ]);
  });

  test("what is missed is said to be", () => {
    const text = renderLedgerPart(story().entries, runbook);
    expect(text).toContain("| contain | declaration to containment | 2 h 30 min | 2 h | **missed** |");
    expect(text).toContain("` contain ` (Contain) was due and was done 2026-11-21 05:30:00 UTC");
    expect(text).toContain("Gate **refused**");
    const strayed = /## What did not go.*?\n## /s.exec(text)?.[0] ?? "";
    const moments = [...strayed.matchAll(/^- (2026.*?) UTC/gm)].map(([, moment]) => moment);
    expect(moments).toEqual(["2026-11-21 04:00:00", "2026-11-21 05:00:00"]);
    const open = story().add(
      "reminded",
      { about: "x", stage: "50", due: at("09:00:00"), to: ["y"] },
      at("04:00:00", "24"),
    );
    expect(renderLedgerPart(open.entries, runbook)).toContain(
      "- 2026-11-23 03:00:00 UTC: ` resolve ` (Resolve: every step but the review) was due and is **not done**",
    );
  });

  test("of an mcp that joined count from when it joined, and the one that took longest tells", () => {
    const contained = { action: "scale-down", summary: "s", details: {} };
    const ledger = new LedgerBuilder()
      .add("declared", facts(), at("03:00:00"))
      .add("contained", contained, at("03:20:00"))
      .add("mcp-joined", { mcp: "sharepoint", reason: null }, at("08:00:00"))
      .add("contained", contained, at("09:30:00"), "sharepoint");
    const contain = () => measuredTimes(ledger.entries, runbook).find(({ measure }) => measure === "contain");
    expect(contain()).toMatchObject({ what: "joining of an mcp to containment", minutes: 90, target: 120 });
    expect(renderLedgerPart(ledger.entries, runbook)).not.toContain("` contain ` (Contain) was due");
    ledger.add("mcp-joined", { mcp: "confluence", reason: null }, at("10:00:00"));
    expect(contain()).toMatchObject({ from: "2026-11-21T10:00:00.000Z", to: null, open: true });
    ledger.add("contained", contained, at("10:05:00"), "confluence");
    expect(contain()).toMatchObject({ minutes: 90 });
  });

  test("are late to the second, in the table as among what did not go by the runbook", () => {
    const ledgerOf = (time: string) =>
      new LedgerBuilder()
        .add("declared", facts(), at("03:00:30"))
        .add("contained", { action: "scale-down", summary: "s", details: {} }, at(time)).entries;
    const says = (time: string) => {
      const text = renderLedgerPart(ledgerOf(time), runbook);
      return [/\| contain \|.*\*\*missed/.test(text), text.includes("` contain ` (Contain) was due")];
    };
    expect(says("05:00:30")).toEqual([false, false]);
    expect(says("05:00:31")).toEqual([true, true]);
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

  test("has the root cause that was given with the restore, after the review was opened, too", () => {
    expect(renderLedgerPart(story().entries, runbook)).not.toContain("Root cause");
    const rootCause = "A batch client retried without a pause.\n```\n## Timeline";
    const restored = { action: "restore-service", summary: "s", rootCause, details: {} };
    const text = renderLedgerPart(story().add("restored", restored, at("10:00:00")).entries, runbook);
    expect(text).toContain("## Root cause as given with the restore");
    expect(text).toContain("A batch client retried without a pause.");
    const html = marked.parse(text, { async: false });
    expect(html.match(/<h2>Timeline<\/h2>/g)).toHaveLength(1);
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
    expect(confirmed(at("03:29:00"))).not.toContain("` step/disable-account `");
    expect(confirmed(at("03:31:00"))).toContain("was due and was done 2026-11-21 03:31:00");
    expect(renderLedgerPart(story(declared).entries, runbook)).toContain("was due and is **not done**");
  });

  test("names whatever else was done late, or is not done: notifications, the review, what others deliver", () => {
    const notified = (moment: string) => ({ ...confirmedStep("notify"), at: moment });
    const told = (moment: string) =>
      renderLedgerPart(
        story({ personalData: true }).add("step-confirmed", notified(moment), at("12:00:00", "28")).entries,
        runbook,
      );
    expect(told(at("01:00:00", "24"))).not.toContain("` gdpr `");
    const late = told(at("11:00:00", "27"));
    expect(late).toMatch(/UTC: ` gdpr ` \(Notify .*\) was due and was done 2026-11-27 11:00:00 UTC/);
    expect(late).toMatch(/UTC: ` review ` \(Review\) was due and is \*\*not done\*\*/);
  });

  test("names what ran out once, and not as done", () => {
    const entries = story()
      .add(
        "evidence-requested",
        {
          request: "r1",
          source: "entra-sign-in",
          capture: "7001",
          what: "w",
          of: "Ida",
          text: "Please",
          deadline: at("06:00:00"),
          reference: null,
        },
        at("05:40:00"),
      )
      .add(
        "request-settled",
        { request: "r1", outcome: "expired", capture: null, message: "nothing came" },
        at("08:00:00"),
      ).entries;
    const strayed = /## What did not go.*?\n## /s.exec(renderLedgerPart(entries, runbook))?.[0] ?? "";
    expect(strayed).not.toContain("request/r1");
    expect(strayed).toContain("2026-11-21 08:00:00");
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
