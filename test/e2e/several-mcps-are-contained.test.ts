import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import {
  type Call,
  changingCalls,
  type DrillOutcome,
  drill,
  filesBelow,
  readJson,
} from "../support/drill.ts";
import { firstVerifier, PYTHON, secondVerifier } from "../verify/fixture.ts";

const MCPS = ["servicenow", "sharepoint", "databricks"];

interface Entry {
  kind: string;
  mcp?: string;
  data: { action?: string; rootCause?: string; capture?: string; refusals?: { reason: string }[] };
}
interface State {
  services: { name: string; desired: number; running: number }[];
  autoscaling: { resourceId: string; minCapacity: number; maxCapacity: number; suspended: unknown }[];
}
interface Issue {
  title: string;
  body: string;
  labels: string[];
  comments: { body: string }[];
}

async function asExpected(scenario: string): Promise<DrillOutcome> {
  const outcome = await drill(scenario, "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  return outcome;
}

const serviceOf = (mcp: string) => `aiconnectors-${mcp}-dev`;

function ledger({ out }: DrillOutcome): Entry[] {
  const folder = `${out}/evidence/incidents/INC-1/ledger`;
  return filesBelow(folder)
    .sort()
    .map((file) => readJson<Entry>(folder, file));
}

function incident({ out }: DrillOutcome): Issue {
  const [issue] = readJson<Issue[]>(out, "github/issues.json");
  if (!issue) throw new Error("there is no issue");
  return issue;
}

function changesTo({ calls }: DrillOutcome, mcp: string): string[] {
  const about = ({ resource }: Call) => resource.includes(serviceOf(mcp));
  return changingCalls(calls, "containment")
    .filter(about)
    .map(({ operation }) => operation);
}

function after({ out }: DrillOutcome, mcp: string) {
  const { services, autoscaling } = readJson<State>(out, "aws/state.json");
  const service = services.find(({ name }) => name === serviceOf(mcp));
  const scaling = autoscaling.find(({ resourceId }) => resourceId.endsWith(`/${serviceOf(mcp)}`));
  return {
    desired: service?.desired,
    running: service?.running,
    scaling: scaling && {
      MinCapacity: scaling.minCapacity,
      MaxCapacity: scaling.maxCapacity,
      SuspendedState: scaling.suspended,
    },
  };
}

describe("two more mcps join and are contained in one run, then all three are restored in one", () => {
  let outcome: DrillOutcome;
  beforeAll(async () => {
    outcome = await asExpected("several-mcps");
  }, 600_000);

  test("one review for each run, whatever the number of mcps", () => {
    const { approvals } = readJson<{ approvals: unknown[] }>(outcome.out, "report.json");
    expect(approvals).toHaveLength(3);
  });

  test("each was scaled to zero and brought back, by its own calls alone", () => {
    const scaled = ["RegisterScalableTarget", "UpdateService", "UpdateService", "RegisterScalableTarget"];
    expect(changesTo(outcome, "servicenow")).toEqual(scaled);
    expect(changesTo(outcome, "sharepoint")).toEqual(scaled);
    expect(changesTo(outcome, "databricks")).toEqual(["UpdateService", "UpdateService"]);
  });

  test.each(MCPS)("%s is as its capture has it from before", (mcp) => {
    const captures = `${outcome.out}/evidence/incidents/INC-1/captures`;
    const capture = filesBelow(captures).find(
      (file) => file.endsWith("/manifest.json") && readJson<{ mcp: string }>(captures, file).mcp === mcp,
    );
    const folder = join(captures, (capture ?? "").replace("/manifest.json", ""), "ecs");
    interface Scaling {
      MinCapacity: number;
      MaxCapacity: number;
      SuspendedState: unknown;
    }
    const before = readJson<{ document: { desiredCount: number } }>(folder, "service.json").document;
    const [target] = readJson<{ document: { scalableTargets: Scaling[] } }>(folder, "autoscaling.json")
      .document.scalableTargets;
    const scaling = target && {
      MinCapacity: target.MinCapacity,
      MaxCapacity: target.MaxCapacity,
      SuspendedState: target.SuspendedState,
    };
    expect(after(outcome, mcp)).toEqual({
      desired: before.desiredCount,
      running: before.desiredCount,
      scaling,
    });
  });

  test("the ledger says of each by whom it was contained, and why it was restored", () => {
    const entries = ledger(outcome);
    for (const kind of ["contained", "restored"]) {
      const whose = entries.filter((entry) => entry.kind === kind).map(({ mcp }) => mcp ?? "servicenow");
      expect(whose.sort()).toEqual([...MCPS].sort());
    }
    const causes = entries.filter(({ kind }) => kind === "restored").map(({ data }) => data.rootCause);
    expect(new Set(causes).size).toBe(1);
    expect(causes[0]).toContain("session token was replayed");
  });

  test("the issue shows every mcp, the root cause, and the incident as restored", () => {
    const { title, body, labels, comments } = incident(outcome);
    expect(title).toContain("servicenow and 2 more (dev)");
    expect(labels).toContain("status:monitoring");
    expect(body).toContain("**3 mcps: 3 restored.**");
    for (const mcp of MCPS) expect(body).toMatch(new RegExp(`\\| \` ${mcp} \` \\| restored, `));
    expect(body).toContain("### Root cause");
    const said = comments.map((comment) => comment.body).join("\n");
    for (const mcp of MCPS) expect(said).toContain(`Contained: ${serviceOf(mcp)} serves nothing`);
  });

  test("both verifiers call the evidence verified", async () => {
    const evidence = join(outcome.out, "evidence");
    const verified = { verdict: "verified", problems: [] };
    expect(await firstVerifier(evidence)).toEqual(verified);
    if (PYTHON !== undefined) expect(await secondVerifier(evidence)).toEqual([verified]);
  });
});

test("one of three is refused for a task that its capture does not cover: it alone is left alone", async () => {
  const outcome = await asExpected("several-mcps-one-refused");
  expect(changesTo(outcome, "sharepoint")).toEqual([]);
  for (const mcp of ["servicenow", "databricks"]) {
    expect(changesTo(outcome, mcp)).toEqual(["RegisterScalableTarget", "UpdateService"]);
    expect(after(outcome, mcp)).toMatchObject({ desired: 0, running: 0 });
  }
  expect(after(outcome, "sharepoint")).toMatchObject({ desired: 2, running: 2 });
  const refusals = ledger(outcome).filter(({ kind }) => kind === "gate-refused");
  expect(refusals.map(({ mcp, data }) => [mcp, data.refusals?.map(({ reason }) => reason)])).toEqual([
    ["sharepoint", ["capture-does-not-cover-new-task"]],
  ]);
  const { body, labels } = incident(outcome);
  expect(labels).toContain("status:open");
  expect(body).toContain("**3 mcps: 1 not contained, 2 contained.**");
  expect(body).toMatch(
    /` sharepoint ` \| \*\*not contained\*\*<br>stopped: ` capture-does-not-cover-new-task `/,
  );
}, 600_000);

test("autoscaling that brings the service back while its tasks stop: not contained, loudly", async () => {
  const outcome = await asExpected("autoscaling-brings-back");
  expect(after(outcome, "servicenow")).toMatchObject({ desired: 2 });
  const kinds = ledger(outcome).map(({ kind }) => kind);
  expect(kinds).toContain("not-contained");
  expect(kinds).not.toContain("contained");
  const { body, labels } = incident(outcome);
  expect(labels).toContain("status:open");
  expect(body).toMatch(/\*\*Stopped:\*\* ` aiconnectors-servicenow-dev does not stay at 0: desired count 2/);
  expect(body).toMatch(/its scaling is no longer suspended/);
}, 600_000);
