import { describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../../drill/contracts.ts";
import type { IncidentEvidence } from "../../../drill/report/evidence.ts";
import type { DrillReport } from "../../../drill/report/model.ts";
import { renderPage } from "../../../drill/report/page.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;
const AT = "2026-11-21T02:40:00.000Z";
const LATER = "2026-11-21T02:45:00.000Z";

/** A drill in which everything that comes from outside is hostile. */
function hostilePage(): string {
  const report: DrillReport = {
    schema: "firebreak/drill-report/v1",
    scenario: {
      name: HOSTILE,
      description: HOSTILE,
      seed: 1,
      speed: 20,
      start: AT,
      environment: HOSTILE,
      mcp: HOSTILE,
      service: HOSTILE,
    },
    conclusion: HOSTILE,
    asExpected: false,
    differences: [{ what: HOSTILE, expected: HOSTILE, actual: HOSTILE }],
    incident: 1,
    review: null,
    records: [`github/merged/${HOSTILE}.md`],
    figures: "github/merged/docs/reviews/README.md",
    runs: [
      {
        id: 5,
        attempt: 1,
        workflow: HOSTILE,
        title: HOSTILE,
        actor: HOSTILE,
        conclusion: "failure",
        createdAt: AT,
        completedAt: LATER,
      },
    ],
    jobs: [
      {
        run: 5,
        attempt: 1,
        key: HOSTILE,
        name: HOSTILE,
        environment: HOSTILE,
        conclusion: "failure",
        waiting: { from: AT, to: LATER },
        startedAt: AT,
        completedAt: LATER,
        steps: [{ name: HOSTILE, conclusion: "failure", startedAt: AT, completedAt: LATER }],
        annotations: [HOSTILE],
        log: `logs/${HOSTILE}.log`,
        summary: null,
      },
    ],
    approvals: [
      {
        run: 5,
        environment: HOSTILE,
        requestedAt: AT,
        login: HOSTILE,
        state: "approved",
        comment: HOSTILE,
        at: LATER,
      },
    ],
    refusals: [{ at: AT, action: HOSTILE, reason: HOSTILE, message: HOSTILE, remedy: HOSTILE }],
    timings: { total: 300, untilSealed: 60, waitedForApproval: 300, untilContained: null, realSeconds: 15 },
    service: { before: { desired: 2, running: 2 }, after: { desired: 0, running: 0 } },
  };
  const call: CallRecord = {
    at: AT,
    service: HOSTILE,
    operation: HOSTILE,
    principal: HOSTILE,
    job: null,
    resource: HOSTILE,
    status: 400,
    error: HOSTILE,
  };
  const evidence: IncidentEvidence = {
    incident: "INC-1",
    ledger: [
      {
        sequence: 1,
        at: AT,
        kind: "contained",
        by: { login: HOSTILE, job: HOSTILE },
        data: { summary: HOSTILE },
      },
      {
        sequence: 2,
        at: LATER,
        kind: "change-intended",
        by: { login: "x", job: "y" },
        data: { step: HOSTILE, target: HOSTILE, from: { a: HOSTILE }, to: { [HOSTILE]: { b: [HOSTILE] } } },
      },
    ],
    captures: [
      {
        capture: HOSTILE,
        complete: false,
        sealedAt: AT,
        window: { from: AT, to: LATER },
        sources: [{ source: HOSTILE, status: "partial", gaps: [{ what: HOSTILE, why: HOSTILE }] }],
        items: [{ source: HOSTILE, key: HOSTILE, size: 12_400, sha256: "a".repeat(64) }],
      },
    ],
    unsealed: [HOSTILE],
  };
  const issue = {
    number: 1,
    id: 2,
    title: HOSTILE,
    state: "open" as const,
    labels: [HOSTILE],
    author: HOSTILE,
    assignees: [],
    body: HOSTILE,
    created: AT,
    updated: AT,
    closed: null,
    parent: null,
    subIssues: [9],
    comments: [{ author: HOSTILE, body: HOSTILE, created: AT }],
  };
  return renderPage({
    report,
    calls: [call],
    issues: [issue],
    evidence: [evidence],
    messages: [
      {
        at: AT,
        channel: "ses",
        to: HOSTILE,
        subject: HOSTILE,
        text: HOSTILE,
        html: HOSTILE,
        messageId: HOSTILE,
      },
    ],
    serverUrl: "http://127.0.0.1:1",
  });
}

describe("the page", () => {
  test("holds nothing active, whatever came from outside", () => {
    const tags = (hostilePage().match(/<[^>]*>/g) ?? [])
      .map((tag) => tag.replace(/"[^"]*"/g, '""'))
      .join("\n");
    expect(tags).not.toMatch(/<(script|img|iframe|object|embed|form|link)\b/i);
    expect(tags).not.toMatch(/<[^>]*\son\w+=/i);
  });

  test("loads nothing from elsewhere and forbids it", () => {
    const page = hostilePage();
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
    expect(page).not.toMatch(/(?:src|url)\s*[=(]\s*["']?https?:/i);
  });

  test("leads to the merged record and the figures", () => {
    const page = hostilePage();
    expect(page).toContain('<a href="github/merged/docs/reviews/README.md">');
    expect(page).toContain("Record: <a href=");
  });

  test("draws to scale: a wait over the whole drill is as wide as the drawing", () => {
    expect(hostilePage()).toMatch(/<rect class="waits" x="0\.0" y="3" width="1000\.0"/);
  });

  test("shows sizes, digests, gaps and captures without a seal", () => {
    const page = hostilePage();
    expect(page).toContain("12.4 kB");
    expect(page).toContain("a".repeat(64));
    expect(page).toContain("not complete");
    expect(page).toContain("was never sealed");
  });
});
