import { describe, expect, test } from "@jest/globals";
import type { EntryData } from "../../src/incident/entries.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { escalationSteps } from "../../src/incident/state.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const HEADING = "### Evidence that is still awaited";
const UNTIL = "2026-11-22T03:01:00.000Z";
const PRESERVE = runbook.escalation.steps.find(({ done_when }) => done_when === "capture-sealed")?.id;

type Sealed = EntryData<"capture-sealed">;

const awaits = (source: string, what = "the last log file"): NonNullable<Sealed["awaited"]> => [
  { source, what, things: 3, expectedBy: "2026-11-21T04:15:00.000Z", until: UNTIL },
];

function sealed(capture: string, changes: Partial<Sealed> = {}): Sealed {
  return {
    capture,
    manifestKey: `incidents/INC-42/captures/${capture}/manifest.json`,
    manifestSha256: "ab".repeat(32),
    manifestVersionId: "v1",
    complete: true,
    items: 12,
    bytes: 3456,
    sources: [{ source: "cloudtrail", status: "complete", items: 3, gaps: 0 }],
    awaited: [],
    ...changes,
  };
}

const final = (source: string, capture = "7001"): EntryData<"source-final"> => ({
  source,
  capture,
  completedBy: capture,
  outcome: "complete",
  missing: [],
});

const asked: EntryData<"evidence-requested"> = {
  request: "entra-sign-in",
  source: "entra-sign-in",
  capture: "7001",
  what: "Sign-in logs",
  of: "Identity team",
  text: "Dear colleagues,\n```please``` export <b>this</b>.",
  deadline: "2026-11-26T03:01:00.000Z",
  reference: null,
};

const declared = () => new LedgerBuilder().add("declared", facts());
const body = ({ entries }: LedgerBuilder) => renderIssue(entries, runbook).body;
const preserved = ({ entries }: LedgerBuilder) =>
  escalationSteps(entries, runbook).find(({ id }) => id === PRESERVE);

describe("what is still awaited", () => {
  test("stands at the top, with until when it is expected and looked for, until the source is final", () => {
    const ledger = declared().add("capture-sealed", sealed("7001", { awaited: awaits("cloudtrail") }));
    const shown = body(ledger);
    expect(shown).toContain(
      `${HEADING}\n- **cloudtrail** (capture \` 7001 \`): \` the last log file \` and 2 more, expected by 2026-11-21 04:15 UTC; looked for until 2026-11-22 03:01 UTC`,
    );
    expect(shown.indexOf(HEADING)).toBeLessThan(shown.indexOf("## Facts"));
    expect(body(ledger.add("source-final", final("cloudtrail")))).not.toContain(HEADING);
  });

  test("is what the newest capture that has the source says", () => {
    const ledger = declared()
      .add("capture-sealed", sealed("7001", { awaited: awaits("cloudtrail", "first") }))
      .add(
        "capture-sealed",
        sealed("7001_8", { supplements: "7001", awaited: awaits("cloudtrail", "second") }),
      );
    expect(body(ledger)).not.toContain("` first `");
    expect(body(ledger)).toContain("` second `");
    expect(body(ledger.add("capture-sealed", sealed("7002")))).not.toContain(HEADING);
    // What is added to the older one later says nothing about the newer.
    const late = sealed("7001_9", { supplements: "7001", awaited: awaits("cloudtrail", "third") });
    expect(body(ledger.add("capture-sealed", late))).not.toContain(HEADING);
  });

  test("is shown again when more came after a source had been given up", () => {
    const expired = { ...final("cloudtrail"), outcome: "expired" as const };
    const ledger = declared()
      .add("capture-sealed", sealed("7001", { awaited: awaits("cloudtrail") }))
      .add("source-final", expired);
    expect(body(ledger)).not.toContain(HEADING);
    const more = sealed("7001_9", { supplements: "7001", awaited: awaits("cloudtrail") });
    expect(body(ledger.add("capture-sealed", more))).toContain(HEADING);
  });
});

describe("a request to people", () => {
  test("is an open item with the words to send, as text and nothing else, until it is settled", () => {
    const ledger = declared().add("evidence-requested", asked);
    const shown = body(ledger);
    expect(shown).toContain("- Ask **Identity team** for ` Sign-in logs `, until 2026-11-26 03:01 UTC:");
    expect(shown).toContain("  ````text\n  Dear colleagues,\n  ```please``` export <b>this</b>.\n  ````");
    expect(shown).toContain("requested from Identity team, until 2026-11-26 03:01 UTC");
    const settled = body(
      ledger.add("request-settled", {
        request: "entra-sign-in",
        outcome: "delivered",
        capture: "7005",
        message: "attached",
      }),
    );
    expect(settled).not.toContain("- Ask **Identity team**");
    expect(settled).not.toContain(HEADING);
  });

  test("of a service is awaited, and no one's task", () => {
    const shown = body(declared().add("evidence-requested", { ...asked, of: "CloudWatch Logs", text: null }));
    expect(shown).toContain(HEADING);
    expect(shown).not.toContain("- Ask **");
  });

  test("fits into GitHub's limits however long its words are", () => {
    const long = { ...asked, text: "`ø\n".repeat(40_000) };
    expect(body(declared().add("evidence-requested", long)).length).toBeLessThanOrEqual(65_536);
  });
});

describe("how complete a capture is", () => {
  const whole = runbook.evidence.collect.map((source) => ({
    source: source as string,
    status: "complete" as const,
    items: 1,
    gaps: 0,
  }));
  const requested = { source: "entra-sign-in", status: "requested" as const, items: 1, gaps: 0 };
  const but = [...whole.filter(({ source }) => source !== "entra-sign-in"), requested];

  test("is said of what was requested, and of nothing else that is missing", () => {
    const shown = (sources: Sealed["sources"]) =>
      body(declared().add("capture-sealed", sealed("7001", { complete: false, sources })));
    expect(shown(but)).toContain("complete but for what is requested: entra-sign-in");
    expect(shown(but.slice(1))).toContain("**incomplete**");
    const partial = but.map((one) => (one.source === "ecs" ? { ...one, status: "partial" as const } : one));
    expect(shown(partial)).toContain("**incomplete**");
  });

  test("the step is done by an ordinary complete capture, or by the last source that is final", () => {
    const added = sealed("7001_8", { supplements: "7001" });
    const ledger = declared()
      .add("capture-sealed", sealed("7001", { complete: false, sources: but }))
      .add("capture-sealed", added);
    expect(preserved(ledger)?.state).toBe("open");
    const [last = "", ...others] = [...runbook.evidence.collect].reverse();
    for (const source of others) ledger.add("source-final", final(source));
    ledger.add("source-final", { ...final(last), outcome: "expired" });
    expect(preserved(ledger)?.state).toBe("open");
    ledger.add("source-final", final(last));
    expect(preserved(ledger)).toMatchObject({ state: "done", by: { kind: "source-final" } });
    expect(preserved(declared().add("capture-sealed", sealed("7001")))?.state).toBe("done");
  });
});
