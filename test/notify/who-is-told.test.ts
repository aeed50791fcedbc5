import { describe, expect, test } from "@jest/globals";
import { recipients } from "../../src/incident/escalation.ts";
import { dueNotices, noticeName } from "../../src/incident/notices.ts";
import { dueRepeats, nextRepeat, unanswered } from "../../src/incident/repeats.ts";
import { statusOf } from "../../src/incident/status.ts";
import { takenLine } from "../../src/incident/taken-line.ts";
import { buildMessage } from "../../src/notify/message.ts";
import { plainText } from "../../src/notify/text.ts";
import type { Runbook, SeverityId } from "../../src/runbook/schema.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { reachableRunbook } from "../support/notify-world.ts";
import { confirmedStep, sealedCapture } from "../support/response.ts";

const MANAGER = "it-infrastructure-manager";
const TEAM = "AI connectors team";
const GSO = "global-security-operations";
const DPO = "data-protection-officer";
const runbook = ownRunbook();

/** The organisation's table, written by hand: who is told, in which order. */
const TABLE: Record<SeverityId, { without: string[]; with: string[] }> = {
  low: { without: [MANAGER, TEAM], with: [MANAGER, TEAM, DPO] },
  medium: { without: [MANAGER, TEAM, GSO], with: [MANAGER, TEAM, GSO, DPO] },
  high: { without: [MANAGER, TEAM, GSO], with: [MANAGER, TEAM, GSO, DPO] },
  critical: { without: [MANAGER, TEAM, GSO], with: [MANAGER, TEAM, GSO, DPO] },
};

const types = Object.keys(runbook.incident_types);
const cases = (Object.keys(TABLE) as SeverityId[]).flatMap((severity) =>
  types.flatMap((type) =>
    [false, true].map((personalData) => [severity, type, personalData ? "with" : "without"] as const),
  ),
);

test.each(cases)("%s, %s, %s personal data", (severity, type, personal) => {
  const declared = facts({ severity, type, personalData: personal === "with" });
  const due = dueNotices(new LedgerBuilder().add("declared", declared).entries, runbook);
  expect(due.map(({ recipient }) => recipient.id)).toEqual(TABLE[severity][personal]);
  expect(due.map((one) => noticeName(one))).toEqual(due.map(() => `declared/${severity}`));
});

describe("the channels", () => {
  const reach = { severity: "high" as const, environment: "prod", personalData: true };
  const waysOf = (book: Runbook) =>
    Object.fromEntries(
      recipients(book, reach).map(({ id, ways }) => [id, ways.map((way) => `${way.channel} ${way.address}`)]),
    );

  test("of the organisation's runbook: a topic for the team, e-mail for contacts with an address", () => {
    expect(waysOf(runbook)).toEqual({
      [MANAGER]: [],
      [TEAM]: ["sns aiconnectors-alarms-prod"],
      [GSO]: ["ses globalsecops@novonordisk.com"],
      [DPO]: ["ses dataprotection@novonordisk.com"],
    });
  });

  test("in the order of the runbook, each once", () => {
    const book = reachableRunbook();
    const team = book.escalation.notify[1];
    Object.assign(team ?? {}, {
      channels: [{ sns: "aiconnectors-alarms-{env}" }, { teams: "/firebreak/{env}/webhooks" }],
    });
    expect(waysOf(book)).toMatchObject({
      [MANAGER]: ["ses maja@example.com", "github maja"],
      [TEAM]: ["sns aiconnectors-alarms-prod", "teams /firebreak/prod/webhooks"],
      [GSO]: ["slack /firebreak/prod/webhooks/gso", "ses globalsecops@novonordisk.com"],
    });
  });

  test("nobody gets e-mail that comes from nobody, and people see the address all the same", () => {
    const book = structuredClone(runbook);
    delete book.escalation.email_from;
    expect(recipients(book, reach).find(({ id }) => id === GSO)).toMatchObject({
      ways: [],
      address: "globalsecops@novonordisk.com",
      missing: null,
    });
  });

  test("the contact for data protection is told although no row names them", () => {
    const book = structuredClone(runbook);
    book.escalation.notify = book.escalation.notify.filter(
      (row) => !("contact" in row) || row.contact !== DPO,
    );
    expect(recipients(book, reach).at(-1)?.id).toBe(DPO);
    expect(recipients(book, { ...reach, personalData: false }).map(({ id }) => id)).not.toContain(DPO);
  });
});

const sentOf = (notice: string, recipient: string) => ({
  notice,
  recipient,
  channel: "sns" as const,
  messageId: null,
  sentAt: "2026-11-21T03:20:00.000Z",
  tries: 1,
});

describe("what changes later", () => {
  const names = (ledger: LedgerBuilder) =>
    dueNotices(ledger.entries, runbook).map((one) => `${one.recipient.id} ${noticeName(one)}`);
  const by = { login: "maja", name: "Maja" };

  test("a severity that a person raises, everybody is told of", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "low" }))
      .add("severity-changed", { from: "low", to: "high", reason: "more", by });
    expect(names(ledger)).toEqual([
      `${MANAGER} severity-raised/high`,
      `${TEAM} severity-raised/high`,
      `${GSO} severity-raised/high`,
    ]);
  });

  test("one that the audit trail's verdict raises is tampering", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("severity-changed", { from: "high", to: "critical", reason: "the policy" });
    expect(names(ledger)).toContain(`${GSO} tampering/critical`);
  });

  test("one that is lowered nobody is told of, and those whom it no longer concerns are left alone", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("severity-changed", { from: "high", to: "low", reason: "less", by });
    expect(names(ledger)).toEqual([`${MANAGER} declared/high`, `${TEAM} declared/high`]);
  });

  test("of two changes at the same moment the second is void, and nobody is told of it", () => {
    const raised = new LedgerBuilder()
      .add("declared", facts({ severity: "low" }))
      .add("severity-changed", { from: "low", to: "critical", reason: "it spreads", by })
      .add("severity-changed", { from: "low", to: "medium", reason: "one user", by });
    expect(names(raised)).toContain(`${GSO} severity-raised/critical`);
    const lowered = new LedgerBuilder()
      .add("declared", facts({ severity: "medium" }))
      .add("severity-changed", { from: "medium", to: "critical", reason: "it spreads", by })
      .add("severity-changed", { from: "medium", to: "low", reason: "one user", by });
    expect(names(lowered)).toContain(`${GSO} severity-raised/critical`);
  });

  test("one that is raised, lowered and raised again is told both times", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("severity-changed", { from: "high", to: "critical", reason: "more", by });
    expect(names(ledger)).toContain(`${TEAM} severity-raised/critical`);
    ledger
      .add("notice-sent", sentOf("severity-raised/critical", TEAM))
      .add("severity-changed", { from: "critical", to: "high", reason: "less", by })
      .add("severity-changed", { from: "high", to: "critical", reason: "more again", by });
    expect(names(ledger)).toContain(`${TEAM} severity-raised/2/critical`);
    const notice = { reason: "severity-raised/2", severity: "critical" as const };
    const message = buildMessage(ledger.entries, runbook, { notice, secondCopy: false });
    expect(message.opening).toEqual(["The severity was raised from High to Critical: more again"]);
  });

  test("one that is lowered before they were told that it was raised, they are told what is left of", () => {
    const raisedTo = (left: SeverityId) =>
      new LedgerBuilder()
        .add("declared", facts({ severity: "low" }))
        .add("notice-sent", sentOf("declared/low", TEAM))
        .add("severity-changed", { from: "low", to: "critical", reason: "it spreads", by })
        .add("notice-sent", sentOf("severity-raised/critical", MANAGER))
        .add("severity-changed", { from: "critical", to: left, reason: "less", by });
    expect(names(raisedTo("low"))).toEqual([`${MANAGER} severity-raised/critical`, `${TEAM} declared/low`]);
    expect(names(raisedTo("high"))).toEqual([
      `${MANAGER} severity-raised/critical`,
      `${TEAM} severity-raised/high`,
      `${GSO} severity-raised/high`,
    ]);
    const notice = { reason: "severity-raised", severity: "high" as const };
    const { opening } = buildMessage(raisedTo("high").entries, runbook, { notice, secondCopy: false });
    expect(opening).toEqual(["The severity was raised from Low to Critical: it spreads. It is High now"]);
  });

  test("personal data that is found concerns those who were not told before", () => {
    const ledger = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("personal-data-found", { awareAt: "2026-11-21T04:00:00.000Z", reason: "names", by });
    expect(names(ledger)).toEqual([
      `${MANAGER} declared/high`,
      `${TEAM} declared/high`,
      `${GSO} declared/high`,
      `${DPO} personal-data/high`,
    ]);
  });
});

describe("until somebody takes it they are told again", () => {
  const START = Date.parse("2026-11-21T03:00:01.000Z");
  const minutesOn = (minutes: number) => new Date(START + minutes * 60_000);
  const reasons = (ledger: LedgerBuilder, minutes: number) =>
    dueRepeats(ledger.entries, runbook, minutesOn(minutes)).map(({ reason, due }) => [
      reason,
      (due.getTime() - START) / 60_000,
    ]);
  const critical = () => new LedgerBuilder().add("declared", facts({ severity: "critical" }));

  test.each([
    [0, []],
    [14.9, []],
    [15, [["repeat/1", 15]]],
    [29, [["repeat/1", 15]]],
    [47, [["repeat/3", 45]]],
    [120, [["repeat/8", 120]]],
    [10_000, [["repeat/8", 120]]],
  ])("after %d minutes: %j", (minutes, expected) => {
    expect(reasons(critical(), minutes)).toEqual(expected);
  });

  test("not once somebody has", () => {
    const by = { login: "maja", name: "Maja" };
    const taken = critical().add("acknowledged", { by, note: null, severity: "critical" });
    expect(reasons(taken, 60)).toEqual([]);
  });

  test("not below Critical, but of tampering whatever its severity", () => {
    const of = (changes: Parameters<typeof facts>[0]) => new LedgerBuilder().add("declared", facts(changes));
    expect(reasons(of({ severity: "high" }), 60)).toEqual([]);
    expect(reasons(of({ severity: "low", type: "audit-log-tampering" }), 60)).toEqual([["repeat/4", 60]]);
  });

  test("counted from when it became Critical", () => {
    const raised = new LedgerBuilder()
      .add("declared", facts({ severity: "high" }))
      .add("severity-changed", { from: "high", to: "critical", reason: "more" }, minutesOn(60).toISOString());
    expect(reasons(raised, 74)).toEqual([]);
    expect(reasons(raised, 75)).toEqual([["repeat/1", 75]]);
  });

  test("nor once it is resolved", () => {
    const done = critical()
      .add("capture-sealed", sealedCapture(runbook))
      .add("contained", { action: "scale-down", summary: "0", details: {} })
      .add("restored", { action: "undo", summary: "2", rootCause: "x", details: {} });
    for (const { id } of runbook.incident_types["service-outage"]?.manual ?? [])
      done.add("step-confirmed", confirmedStep(id));
    for (const { id } of runbook.escalation.steps) {
      expect(reasons(done, 60)).toEqual([["repeat/4", 60]]);
      if (id !== "remediate") done.add("step-confirmed", confirmedStep(id));
    }
    done.add("step-confirmed", confirmedStep("remediate"));
    expect(statusOf(done.entries, runbook)).toBe("resolved");
    expect(reasons(done, 60)).toEqual([]);
    expect(nextRepeat(done.entries, runbook, minutesOn(60))).toBeUndefined();
  });

  describe("and again where it is raised again", () => {
    const by = { login: "maja", name: "Maja" };
    const at = (minutes: number) => minutesOn(minutes).toISOString();
    const taken = { by, note: null, severity: "low" as const };

    test("whoever took it before took another one", () => {
      const raised = new LedgerBuilder()
        .add("declared", facts({ severity: "low" }))
        .add("acknowledged", taken, at(5))
        .add("severity-changed", { from: "low", to: "critical", reason: "more", by }, at(60));
      expect(reasons(raised, 75)).toEqual([["repeat/1", 75]]);
      const notice = { reason: "repeat/1", severity: "critical" as const };
      const message = buildMessage(raised.entries, runbook, { notice, secondCopy: false });
      expect(message.opening).toEqual([
        "Nobody has taken this incident since it became Critical. You are told again, for time 1.",
      ]);
      expect(plainText(message)).toContain("Take it, if it is yours to take");
      expect(takenLine(raised.entries, runbook)).toContain("**Since it is Critical nobody has taken it.**");
      raised.add("acknowledged", { ...taken, severity: "critical" }, at(76));
      expect(unanswered(raised.entries, runbook)).toBeUndefined();
      expect(takenLine(raised.entries, runbook)).not.toContain("nobody");
    });

    test("a comment that was written before the raise, and obeyed after it, does not end them", () => {
      const raised = new LedgerBuilder()
        .add("declared", facts({ severity: "low" }))
        .add("severity-changed", { from: "low", to: "critical", reason: "more", by }, at(60))
        .add("acknowledged", { ...taken, at: at(59) }, at(61));
      expect(reasons(raised, 75)).toEqual([["repeat/1", 75]]);
    });

    test("they are counted anew, and void changes do not count", () => {
      const twice = critical()
        .add("severity-changed", { from: "critical", to: "high", reason: "less", by }, at(150))
        .add("severity-changed", { from: "high", to: "critical", reason: "more", by }, at(600))
        .add("severity-changed", { from: "high", to: "critical", reason: "more", by }, at(610));
      expect(reasons(twice, 614)).toEqual([]);
      expect(reasons(twice, 615)).toEqual([["repeat/1/series-2", 615]]);
      expect(nextRepeat(twice.entries, runbook, minutesOn(615))).toEqual(minutesOn(630));
      expect(reasons(twice, 10_000)).toEqual([["repeat/8/series-2", 720]]);
    });
  });

  test("each repetition until everybody has it who can have it", () => {
    const sent = (recipient: string) => ({
      notice: "repeat/1/critical",
      recipient,
      channel: "sns" as const,
      messageId: null,
      sentAt: minutesOn(16).toISOString(),
      tries: 1,
    });
    const half = critical().add("notice-sent", sent(TEAM));
    expect(reasons(half, 20)).toEqual([["repeat/1", 15]]);
    const { notice } = sent(GSO);
    half.add("notice-undelivered", { notice, recipient: GSO, why: "no", telephone: null });
    expect(reasons(half, 20)).toEqual([]);
    expect(reasons(half, 30)).toEqual([["repeat/2", 30]]);
  });
});
