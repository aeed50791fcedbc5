import { describe, expect, test } from "@jest/globals";
import { mcpTable } from "../../src/incident/mcp-table.ts";
import { mcpsOf, placed, viewOf } from "../../src/incident/mcps.ts";
import { renderIssue } from "../../src/incident/render.ts";
import { escalationSteps, openTrouble } from "../../src/incident/state.ts";
import { statusOf } from "../../src/incident/status.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const contained = { action: "scale-down", summary: "scaled to 0", details: {} };
const restored = {
  action: "restore-service",
  summary: "restored",
  rootCause: "A token was replayed: <img src=x> @everyone ```",
  details: {},
};
const refused = {
  action: "scale-down",
  refusals: [{ reason: "no-capture", message: "There is none.", remedy: "Preserve." }],
};

/** Incident 42 on servicenow, which sharepoint has joined. */
function joined(): LedgerBuilder {
  return new LedgerBuilder()
    .add("declared", facts())
    .add("mcp-joined", { mcp: "sharepoint", reason: "the same client" });
}

function everySharepoint(ledger: LedgerBuilder, kind: "contained" | "gate-refused"): LedgerBuilder {
  return kind === "contained"
    ? ledger.add(kind, contained, undefined, "sharepoint")
    : ledger.add(kind, refused, undefined, "sharepoint");
}

describe("what a job on one mcp sees", () => {
  test("is its own and the incident's, never another mcp's", () => {
    const { entries } = everySharepoint(
      joined().add("gate-refused", refused).add("severity-changed", {
        from: "high",
        to: "critical",
        reason: "more",
      }),
      "contained",
    );
    expect(mcpsOf(entries)).toEqual(["servicenow", "sharepoint"]);
    expect(viewOf(entries, "sharepoint").map(({ kind }) => kind)).toEqual([
      "declared",
      "mcp-joined",
      "severity-changed",
      "contained",
    ]);
    expect(viewOf(entries, "servicenow").map(({ kind }) => kind)).toEqual([
      "declared",
      "mcp-joined",
      "gate-refused",
      "severity-changed",
    ]);
  });

  test("is written under a key of its own, unless the key names the capture or the incident's own matter", () => {
    expect(placed("planned", "planned/7001/1", "sharepoint", "servicenow")).toEqual({
      key: "sharepoint/planned/7001/1",
      mcp: "sharepoint",
    });
    expect(placed("capture-sealed", "capture-sealed/7001.sharepoint", "sharepoint", "servicenow")).toEqual({
      key: "capture-sealed/7001.sharepoint",
      mcp: "sharepoint",
    });
    expect(placed("step-confirmed", "step-confirmed/x", "sharepoint", "servicenow").mcp).toBeUndefined();
    expect(placed("planned", "planned/7001/1", "servicenow", "servicenow")).toEqual({
      key: "planned/7001/1",
      mcp: undefined,
    });
  });
});

describe("the incident as a whole", () => {
  test("is contained only when every mcp is", () => {
    const ledger = joined().add("contained", contained);
    expect(statusOf(ledger.entries, runbook)).toBe("open");
    expect(statusOf(everySharepoint(ledger, "contained").entries, runbook)).toBe("contained");
    expect(statusOf(ledger.add("restored", restored).entries, runbook)).toBe("contained");
    expect(statusOf(ledger.add("restored", restored, undefined, "sharepoint").entries, runbook)).toBe(
      "monitoring",
    );
  });

  test("is open again when an mcp joins later", () => {
    const ledger = new LedgerBuilder().add("declared", facts()).add("contained", contained);
    expect(statusOf(ledger.entries, runbook)).toBe("contained");
    expect(statusOf(ledger.add("mcp-joined", { mcp: "sharepoint", reason: null }).entries, runbook)).toBe(
      "open",
    );
  });

  test("has its step Contain ticked by the last of them", () => {
    const ledger = joined().add("contained", contained);
    const contain = () => escalationSteps(ledger.entries, runbook).find(({ id }) => id === "contain");
    expect(contain()?.state).toBe("open");
    everySharepoint(ledger, "contained");
    expect(contain()).toMatchObject({ state: "done", by: { sequence: 4, mcp: "sharepoint" } });
  });

  test("keeps the trouble of one mcp when another one goes on", () => {
    const { entries } = everySharepoint(joined(), "gate-refused").add("contained", contained);
    expect(openTrouble(entries).map(({ message }) => message)).toEqual(["There is none."]);
  });
});

describe("the issue", () => {
  test("has one row for each mcp, and says that the incident is not contained", () => {
    const { entries } = everySharepoint(joined(), "gate-refused").add("contained", contained);
    const table = mcpTable(entries);
    expect(table).toContain(
      "**2 mcps: 1 not contained, 1 contained.** The incident is contained only when all",
    );
    expect(table).toMatch(/` servicenow ` \| contained, 2026-11-21/);
    expect(table).toMatch(/` sharepoint ` \| \*\*not contained\*\*<br>stopped: ` no-capture `/);
    const { title, body, labels } = renderIssue(entries, runbook);
    expect(title).toMatch(/^\[High\] servicenow and 1 more \(dev\)/);
    expect(labels).toContain("status:open");
    expect(body).toContain(table);
    expect(body).toContain("the same client");
  });

  test("has no such table for one mcp", () => {
    expect(mcpTable(new LedgerBuilder().add("declared", facts()).entries)).toBe("");
  });

  test("names the root cause once, as plain text", () => {
    const ledger = joined().add("contained", contained).add("restored", restored);
    const { body } = renderIssue(ledger.add("restored", restored, undefined, "sharepoint").entries, runbook);
    expect(body.split("A token was replayed")).toHaveLength(2);
    const [, section = ""] = body.split("### Root cause\n\n");
    const fence = /^`{4,}/.exec(section)?.[0] ?? "";
    expect(fence).not.toBe("");
    expect(section.indexOf(`\n${fence}`)).toBeGreaterThan(section.indexOf("@everyone"));
  });
});
