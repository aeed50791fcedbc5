import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { changingCalls, type DrillOutcome, drill, filesBelow, readJson } from "../support/drill.ts";

interface Issue {
  number: number;
  title: string;
  body: string | null;
  labels: (string | { name: string })[];
  comments: { body: string }[];
}
interface Entry {
  kind: string;
  at: string;
  data: { joined?: boolean; indicator?: string; planSha256?: string };
}

const issuesOf = ({ out }: DrillOutcome) => readJson<Issue[]>(out, "github/issues.json");
const incidentsOf = (outcome: DrillOutcome) =>
  issuesOf(outcome).filter(({ labels }) =>
    labels.map((label) => (typeof label === "string" ? label : label.name)).includes("incident"),
  );

function ledgerOf({ out }: DrillOutcome, number: number): Entry[] {
  const files = filesBelow(join(out, "evidence")).filter((path) =>
    path.includes(`incidents/INC-${number}/ledger/`),
  );
  return files.sort().map((path) => JSON.parse(readFileSync(join(out, "evidence", path), "utf8")) as Entry);
}

describe("an alarm at night", () => {
  test("declares one incident however it arrives, joins when it returns, and contains nothing by itself", async () => {
    const outcome = await drill("alarm-declares");
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
    const incidents = incidentsOf(outcome);
    expect(incidents).toHaveLength(1);
    const ledger = ledgerOf(outcome, incidents[0]?.number ?? 0);
    const kinds = ledger.map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(["declared", "indicator-received"]);
    expect(ledger.filter(({ kind }) => kind === "indicator-received").map(({ data }) => data.joined)).toEqual(
      [false, true],
    );
    expect(kinds).toEqual(expect.arrayContaining(["capture-sealed", "contained", "step-confirmed"]));
    // Nothing is changed before a person's plan was approved.
    const passed = ledger.find(({ kind }) => kind === "gate-passed");
    const changes = changingCalls(outcome.calls, "containment");
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ at }) => at < (passed?.at ?? ""))).toEqual([]);
    expect(ledger.filter(({ kind }) => kind === "planned")).toHaveLength(2);
    // By a job's own token: incident.yml, and preserve.yml for what joined.
    const dispatches = outcome.calls.filter(
      ({ operation }) => operation === "actions/create-workflow-dispatch",
    );
    expect(dispatches).toHaveLength(2);
    const joined = kinds.lastIndexOf("indicator-received");
    expect(kinds.slice(joined).filter((kind) => kind === "capture-sealed")).toHaveLength(1);
  }, 900_000);
});

describe("an alarm whose job fails", () => {
  test("is taken in when the schedule runs that job again, and declares one incident", async () => {
    const outcome = await drill("alarm-is-lost");
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
    expect(incidentsOf(outcome)).toHaveLength(1);
    const reruns = outcome.calls.filter(
      ({ operation }) => operation === "actions/re-run-workflow-failed-jobs",
    );
    expect(reruns).toHaveLength(1);
    expect(changingCalls(outcome.calls, "containment")).toEqual([]);
  }, 900_000);
});

describe("reports and scanners", () => {
  test("a stranger's report waits to be accepted, another joins, an alert declares; nothing is contained", async () => {
    const outcome = await drill("report-declares");
    expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
      code: 0,
      output: "",
    });
    const [report, ...rest] = issuesOf(outcome);
    expect(report?.comments.map(({ body }) => body.split("\n")[1]?.slice(0, 40))).toEqual([
      "Thank you. Nothing is declared yet: some",
      "Thank you. An incident is being declared",
      expect.stringMatching(/^This belongs to #\d+, and stands in its/),
    ]);
    const incidents = incidentsOf(outcome);
    expect(incidents).toHaveLength(2);
    expect(rest.length).toBeGreaterThan(2);
    const seen = incidents.map(({ number }) =>
      ledgerOf(outcome, number)
        .filter(({ kind }) => kind === "indicator-received")
        .map(({ data }) => `${data.indicator} ${data.joined}`),
    );
    expect(seen).toEqual([
      ["external/user-report false", "external/user-report true"],
      ["manual/github-security false"],
    ]);
    for (const { body, title } of incidents) {
      const outside = (body ?? "").replace(/```text[\s\S]*?\n *```/g, "").replace(/(`+) .*? \1/g, "");
      expect(outside).not.toMatch(/<img|<b>salaries|@everyone|@acme/);
      expect(title).not.toContain("@acme");
    }
    expect(changingCalls(outcome.calls, "containment")).toEqual([]);
  }, 900_000);
});
