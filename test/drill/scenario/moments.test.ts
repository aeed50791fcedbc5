import { describe, expect, test } from "@jest/globals";
import { createClock } from "../../../drill/clock.ts";
import type { CallRecord, JobRecord } from "../../../drill/contracts.ts";
import { createApprover, NobodyAnswers } from "../../../drill/scenario/approvals.ts";
import { Moments } from "../../../drill/scenario/events.ts";
import { checkScenario } from "../../../drill/scenario/load.ts";

const seal: CallRecord = {
  at: "2026-11-21T02:40:00.000Z",
  service: "s3",
  operation: "PutObject",
  principal: "role",
  job: "preserve",
  resource: "vault/incidents/INC-1/captures/17/manifest.json",
  status: 200,
  error: null,
};

function setUp() {
  const clock = createClock({ speed: 1000, start: 0 });
  return { clock, moments: new Moments(clock, 0), stop: new AbortController() };
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  const other = Symbol();
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, other))])) !== other;
}

describe("moments", () => {
  test("the manifest's successful PutObject is the seal, a refused one is not", async () => {
    const { moments, stop } = setUp();
    const sealed = moments.after("sealed", 0, stop.signal);
    moments.onCall({ ...seal, status: 412, error: "PreconditionFailed" });
    moments.onCall({ ...seal, resource: "vault/incidents/INC-1/ledger/00000001.json" });
    expect(await settled(sealed)).toBe(false);
    moments.onCall(seal);
    await sealed;
  });

  test("a job's state is a moment, also when it came before anybody waited", async () => {
    const { moments, stop } = setUp();
    const job: JobRecord = {
      id: 1,
      runId: 1,
      attempt: 1,
      key: "contain",
      name: "contain",
      status: "in_progress",
      conclusion: null,
      environment: null,
      startedAt: 0,
      completedAt: null,
      steps: [],
    };
    moments.onRunnerEvent({ type: "job-started", at: 0, job });
    await moments.after({ job: "contain", state: "in_progress" }, 0, stop.signal);
  });

  test("whoever waits is let go when the drill stops", async () => {
    const { moments, stop } = setUp();
    const waiting = moments.after("approved", 0, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
  });
});

describe("who answers", () => {
  const request = {
    runId: 1,
    title: "",
    environment: "containment-dev",
    workflow: ".github/workflows/incident.yml",
    reviewers: ["oncall-reviewer"],
    summaries: [],
  };
  const { scenario } = checkScenario(
    "name: x\ndescription: x\ndispatch: {}\napprovals:\n  - { by: oncall-reviewer, state: rejected, after_seconds: 1, ask: false, comment: No. }\n",
  );
  const rehearsed = scenario?.approvals ?? [];
  const ask = async () => ({ login: "someone", state: "approved" as const, comment: "asked" });

  test("the command line before what the scenario would answer otherwise", async () => {
    const { moments, stop } = setUp();
    const override = { login: "boss", state: "approved" as const };
    const approvals = rehearsed.map((approval) => ({ ...approval, ask: true }));
    const approver = createApprover({ approvals, moments, override, ask });
    moments.onRunnerEvent({
      type: "job-waiting",
      at: 0,
      environment: "containment-dev",
      job: {} as JobRecord,
    });
    expect(await approver(request, stop.signal)).toEqual({ ...override, comment: "" });
  });

  test("an answer that is being rehearsed before the command line and the person at the terminal", async () => {
    const { moments, stop } = setUp();
    moments.onRunnerEvent({
      type: "job-waiting",
      at: 0,
      environment: "containment-dev",
      job: {} as JobRecord,
    });
    const override = { login: "boss", state: "approved" as const };
    const approver = createApprover({ approvals: rehearsed, moments, override, ask });
    expect(await approver(request, stop.signal)).toEqual({
      login: "oncall-reviewer",
      state: "rejected",
      comment: "No.",
    });
  });

  test("the person at the terminal before the scenario's other answers", async () => {
    const { moments, stop } = setUp();
    const approvals = rehearsed.map((approval) => ({ ...approval, ask: true }));
    const approver = createApprover({ approvals, moments, override: null, ask });
    expect(await approver(request, stop.signal)).toMatchObject({ comment: "asked" });
  });

  test("with nobody there it says how to go on", async () => {
    const { moments, stop } = setUp();
    const approver = createApprover({ approvals: [], moments, override: null, ask: null });
    await expect(approver(request, stop.signal)).rejects.toThrow(NobodyAnswers);
    await expect(approver(request, stop.signal)).rejects.toThrow("--approve oncall-reviewer");
  });
});
