import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { escalationBanner } from "../../src/incident/escalation-banner.ts";
import { openItems } from "../../src/incident/open-items.ts";
import { escalationSteps } from "../../src/incident/state.ts";
import { checkRunbook } from "../../src/runbook/check.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";
import { reachableRunbook } from "../support/notify-world.ts";

const MANAGER = "it-infrastructure-manager";
const TEAM = "AI connectors team";
const GSO = "global-security-operations";
const runbook = ownRunbook();

const ledger = (changes: Parameters<typeof facts>[0] = {}) =>
  new LedgerBuilder().add("declared", facts(changes));
const sent = (recipient: string, notice = "declared/high") => ({
  notice,
  recipient,
  channel: "ses" as const,
  messageId: "m-1",
  sentAt: "2026-11-21T03:00:02.000Z",
  tries: 1,
});
const confirmed = (step: string) => ({
  step,
  text: "Told",
  by: "Olga",
  at: "2026-11-21T03:10:00.000Z",
  note: "by telephone",
  confirmedBy: { login: "oncall", name: "Olga" },
  planSha256: null,
});
const step = (one: LedgerBuilder, id: string, book = runbook) =>
  escalationSteps(one.entries, book).find((candidate) => candidate.id === id);

describe("the steps that are done by telling", () => {
  test("tick once a message has reached everybody whom they name", () => {
    const told = ledger();
    expect(step(told, "escalate")?.state).toBe("open");
    expect(step(told.add("notice-sent", sent(GSO)), "escalate")).toMatchObject({
      state: "done",
      by: { kind: "notice-sent" },
    });
    const book = reachableRunbook();
    expect(step(told.add("notice-sent", sent(TEAM)), "report", book)?.state).toBe("open");
    expect(step(told.add("notice-sent", sent(MANAGER)), "report", book)?.state).toBe("done");
  });

  test("stay open where one has no address, until a person confirms them", () => {
    const told = ledger().add("notice-sent", sent(TEAM));
    expect(step(told, "report")?.state).toBe("open");
    expect(step(told.add("step-confirmed", confirmed("report")), "report")?.state).toBe("done");
  });

  test("an unknown name in them is an error of the runbook", () => {
    const text = readFileSync(new URL("../../runbook.yml", import.meta.url), "utf8");
    const { errors } = checkRunbook(text.replace("told: [global-security-operations]", "told: [gso]"));
    expect(errors).toEqual([
      expect.objectContaining({
        path: "escalation.steps[3].told[0]",
        message: "no contact and no team is called 'gso'",
      }),
    ]);
  });
});

describe("what a person said before the severity was raised", () => {
  const by = { login: "oncall", name: "Olga" };
  const raised = () =>
    ledger({ severity: "low" })
      .add("notice-sent", sent(TEAM, "declared/low"))
      .add("step-confirmed", confirmed("report"))
      .add("severity-changed", { from: "low", to: "critical", reason: "it spreads", by });

  test("is not what there is to tell now, until a person says it again", () => {
    const told = raised();
    expect(step(told, "report")?.state).toBe("open");
    expect(escalationBanner(told.entries, runbook)).toContain("nobody has told IT Infrastructure Manager**");
    expect(openItems(told.entries, runbook)).toContain("- Tell **IT Infrastructure Manager**");
    told.add("step-confirmed", confirmed("report"));
    expect(step(told, "report")?.state).toBe("done");
    expect(escalationBanner(told.entries, runbook)).not.toContain("nobody has told");
    expect(openItems(told.entries, runbook)).not.toContain("- Tell **IT Infrastructure Manager**");
  });

  test("hides nobody whom no message reaches now", () => {
    const notice = "severity-raised/critical";
    const lost = raised().add("notice-undelivered", { notice, recipient: TEAM, why: "no", telephone: null });
    expect(escalationBanner(lost.entries, runbook)).toContain("**Telephone AI connectors team now**");
    expect(openItems(lost.entries, runbook)).toContain("- Tell **AI connectors team**");
  });

  test("counts where the raise was taken back, or took no hold", () => {
    const back = raised().add("severity-changed", { from: "critical", to: "low", reason: "no", by });
    expect(step(back, "report")?.state).toBe("done");
    const late = ledger({ severity: "low" })
      .add("step-confirmed", confirmed("report"))
      .add("severity-changed", { from: "medium", to: "critical", reason: "it spreads", by });
    expect(step(late, "report")?.state).toBe("done");
  });
});

describe("whom people have to tell", () => {
  test("are those whom nothing has reached", () => {
    const items = () => openItems(told.entries, runbook);
    const told = ledger();
    expect(items()).toContain("- Tell **Global Security Operations (GSO)**");
    told.add("notice-sent", sent(GSO)).add("notice-sent", sent(TEAM));
    expect(items()).not.toContain("- Tell **Global Security Operations");
    expect(items()).not.toContain("- Tell **AI connectors team");
    expect(items()).toContain("- Tell **IT Infrastructure Manager**: address missing from the runbook");
    told.add("step-confirmed", confirmed("report"));
    expect(items()).not.toContain("- Tell **");
  });
});

describe("the top of a Critical incident", () => {
  test("says that nobody has told the manager, who has no address, until somebody has", () => {
    const critical = ledger({ severity: "critical" });
    expect(escalationBanner(critical.entries, runbook)).toContain(
      "> **Critical, and nobody has told IT Infrastructure Manager**: name and email is missing from the runbook.",
    );
    critical.add("step-confirmed", confirmed("report"));
    expect(escalationBanner(critical.entries, runbook)).not.toContain("nobody has told");
  });

  test("says so, too, where there is an address, and no channel by which a message gets there", () => {
    const book = reachableRunbook();
    delete book.escalation.email_from;
    delete book.contacts[MANAGER]?.channels;
    expect(escalationBanner(ledger({ severity: "critical" }).entries, book)).toContain(
      "> **Critical, and nobody has told IT Infrastructure Manager (Maja)**: the runbook has no channel by which a message reaches them. Tell them now, by telephone: ` +45 12 34 56 78 `.",
    );
  });

  test("says nothing of the kind below Critical, or where there is an address", () => {
    expect(escalationBanner(ledger().entries, runbook)).not.toContain("nobody has told");
    const critical = ledger({ severity: "critical" });
    expect(escalationBanner(critical.entries, reachableRunbook())).not.toContain("nobody has told");
  });
});

describe("whom no message reached", () => {
  const lost = { notice: "declared/high", recipient: GSO, why: "ses: <b>no</b>", telephone: "+45 1234 5678" };

  test("somebody has to telephone, until a later message reaches them or a person confirms it", () => {
    const failed = ledger().add("notice-undelivered", lost);
    const banner = () => escalationBanner(failed.entries, runbook);
    expect(banner()).toContain("**Telephone Global Security Operations (GSO) now** (` +45 1234 5678 `)");
    expect(banner()).toContain("` ses: <b>no</b> `");
    failed.add("notice-sent", sent(GSO, "severity-raised/critical"));
    expect(banner()).not.toContain("Telephone");
    const called = ledger().add("notice-undelivered", lost).add("step-confirmed", confirmed("escalate"));
    expect(escalationBanner(called.entries, runbook)).not.toContain("Telephone");
  });

  test("it says where there is no number", () => {
    const failed = ledger().add("notice-undelivered", { ...lost, telephone: null });
    expect(escalationBanner(failed.entries, runbook)).toContain("(the runbook has no number)");
  });
});
