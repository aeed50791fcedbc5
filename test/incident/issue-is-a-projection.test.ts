import { describe, expect, test } from "@jest/globals";
import { renderIssue, runMarker } from "../../src/incident/render.ts";
import { facts, LedgerBuilder, ownRunbook } from "../support/incident.ts";

const runbook = ownRunbook();
const sealed = {
  capture: "7001",
  manifestKey: "incidents/INC-42/captures/7001/manifest.json",
  manifestSha256: "ab".repeat(32),
  manifestVersionId: "v1",
  complete: true,
  items: 12,
  bytes: 3456,
  sources: [{ source: "ecs", status: "complete" as const, items: 3, gaps: 0 }],
};
const declared = () => new LedgerBuilder().add("declared", facts());

describe("the rendered issue", () => {
  test("lists the ten steps, those done ticked", () => {
    const { body } = renderIssue(declared().add("capture-sealed", sealed).entries, runbook);
    const steps = body.split("\n").filter((line) => /^- \[[x ]\] (~~)?\d+\. /.test(line));
    expect(steps).toHaveLength(10);
    expect(steps.map((line) => line.startsWith("- [x]"))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(steps[8]).toContain("not applicable");
  });

  test("does not tick the preservation for an incomplete capture", () => {
    const { body } = renderIssue(
      declared().add("capture-sealed", { ...sealed, complete: false }).entries,
      runbook,
    );
    expect(body).toContain("- [ ] 6. **Preserve evidence**");
    expect(body).toContain("**incomplete**");
  });

  test("says which severities escalate and review", () => {
    const { body } = renderIssue(
      new LedgerBuilder().add("declared", facts({ severity: "low" })).entries,
      runbook,
    );
    expect(body).toMatch(/- \[x\] ~~4\. \*\*Escalate\*\*.*not applicable/);
    expect(body).not.toContain("Tell **Global Security Operations");
  });

  test("names the contacts whose address is missing", () => {
    const { body } = renderIssue(declared().entries, runbook);
    expect(body).toContain(
      "Tell **IT Infrastructure Manager**: address missing from the runbook: name and email",
    );
    expect(body).toContain("Tell **Global Security Operations (GSO)**: ` globalsecops@novonordisk.com `");
  });

  test("puts a refusal and its remedy at the top until something later overcomes it", () => {
    const refused = declared().add("gate-refused", {
      action: "scale-down",
      refusals: [{ reason: "not-approved", message: "Nobody approved", remedy: "Ask a reviewer" }],
    });
    const { body } = renderIssue(refused.entries, runbook);
    expect(body.indexOf("**Stopped:** ` Nobody approved ` → ` Ask a reviewer `")).toBeLessThan(
      body.indexOf("## Facts"),
    );
    refused.add("contained", { action: "scale-down", summary: "0 tasks", details: {} });
    expect(renderIssue(refused.entries, runbook).body).not.toContain("**Stopped:**");
  });

  test("changes its status label with the ledger", () => {
    const ledger = declared();
    expect(renderIssue(ledger.entries, runbook).labels).toEqual([
      "incident",
      "severity:high",
      "type:service-outage",
      "environment:dev",
      "status:open",
    ]);
    ledger.add("contained", { action: "scale-down", summary: "0 tasks", details: {} });
    expect(renderIssue(ledger.entries, runbook).labels).toContain("status:contained");
  });

  test("is the same to the letter for the same ledger, and carries its run and its ledger's head", () => {
    const { entries } = declared().add("capture-sealed", sealed);
    const { body } = renderIssue(entries, runbook);
    expect(renderIssue([...entries], runbook).body).toBe(body);
    expect(body).toContain(runMarker(7001));
    const block = /<!-- firebreak:incident (.*) -->/.exec(body)?.[1] ?? "";
    expect(JSON.parse(block)).toMatchObject({
      incident: "INC-42",
      ledger: { entries: 2, head: entries[1]?.sha256 },
    });
  });

  test("fits into GitHub's limits whatever is in the ledger", () => {
    const ledger = new LedgerBuilder().add(
      "declared",
      facts({ summary: "`|<x>@y".repeat(28), description: "ø`\n".repeat(20_000) }),
    );
    for (let count = 0; count < 400; count += 1) {
      ledger.add("gate-refused", {
        action: "scale-down",
        refusals: Array.from({ length: 8 }, () => ({
          reason: "plan-drifted",
          message: "x".repeat(2000),
          remedy: "y".repeat(2000),
        })),
      });
      ledger.add("capture-sealed", { ...sealed, capture: String(count) });
    }
    const { title, body } = renderIssue(ledger.entries, runbook);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(title.length).toBeLessThanOrEqual(256);
    expect(body).toContain(runMarker(7001));
  });
});
