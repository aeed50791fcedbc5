import { describe, expect, test } from "@jest/globals";
import { recipients } from "../../src/incident/escalation.ts";
import { dueNotices, dueRepeats, noticeName } from "../../src/incident/notices.ts";
import type { Runbook, SeverityId } from "../../src/runbook/schema.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { reachableRunbook } from "../support/notify-world.ts";

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
      channels: [{ sns: "aiconnectors-alarms-{env}" }, { teams: "/hooks/{env}" }],
    });
    expect(waysOf(book)).toMatchObject({
      [MANAGER]: ["ses maja@example.com", "github maja"],
      [TEAM]: ["sns aiconnectors-alarms-prod", "teams /hooks/prod"],
      [GSO]: ["slack /hooks/prod/gso", "ses globalsecops@novonordisk.com"],
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
