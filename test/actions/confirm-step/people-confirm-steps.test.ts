import { beforeEach, describe, expect, test } from "@jest/globals";
import { type ConfirmStepInputs, readInputs } from "../../../src/actions/confirm-step/inputs.ts";
import { run } from "../../../src/actions/confirm-step/run.ts";
import { InputReader } from "../../../src/actions/inputs.ts";
import type { RunContext } from "../../../src/ports.ts";
import { failure } from "../../support/gate-expect.ts";
import { GateWorld } from "../../support/gate-world.ts";

const given: ConfirmStepInputs = {
  incident: 42,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
  mcp: "servicenow",
  step: "disable-account",
  note: "Disabled in the portal, ticket INC0042.",
  doneBy: "Ida Identity",
  verdict: undefined,
  doneAt: new Date("2026-11-21T02:50:00Z"),
};

let world: GateWorld;
let writes: string[];

async function declared(type: string): Promise<void> {
  world = new GateWorld({ type });
  Object.assign(world.github.client.rest, {
    users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
  });
  await world.declare();
  writes = [];
  world.s3.fail = (operation, key) => {
    if (operation === "PutObject") writes.push(key);
    return undefined;
  };
}

beforeEach(() => declared("user-account-compromised"));

const confirm = (changes: Partial<ConfirmStepInputs> = {}, context: Partial<RunContext> = {}) =>
  run({ ...given, ...changes }, world.deps({ runId: 7002, job: "confirm", ...context }));

async function refusedFor(changes: Partial<ConfirmStepInputs>, context: Partial<RunContext> = {}) {
  const edits = world.github.edits;
  writes = [];
  const error = await failure(confirm(changes, context));
  expect([writes, world.github.edits]).toEqual([[], edits]);
  return error;
}

describe("a manual step", () => {
  test("stands at the top of the issue until it is confirmed: deadline, whom to reach, how to confirm", async () => {
    const record = await world.open();
    await record.project();
    const top = () => world.github.body.slice(0, world.github.body.indexOf("## Facts"));
    const [line] = top()
      .split("\n")
      .filter((one) => one.startsWith("- By hand"));
    const deadline = new Date(Date.parse(record.entries[0]?.at ?? "") + 30 * 60_000).toISOString();
    expect(line).toContain(`until **${deadline.slice(0, 16).replace("T", " ")} UTC**`);
    expect(line).toContain(
      "(Azure AD / NN IT: still to be filled in: ServiceNow ticket for emergency token revocation; ServiceNow category ` Emergency token revocation `)",
    );
    expect(line).toContain(
      'gh workflow run confirm-step.yml -f incident=42 -f environment=dev -f mcp=servicenow -f step=disable-account -f note="..."',
    );
    await confirm();
    expect(top()).not.toContain("- By hand");
    expect(top()).toMatch(
      /### Done by hand\n- \[x\] ` disable-account ` by ` Ida Identity `, 2026-11-21 02:50 UTC/,
    );
  });

  test("keeps its deadline when the plan is made anew later", async () => {
    const deadline = () => /until \*\*([^*]+)\*\*/.exec(world.github.body)?.[1];
    await (await world.open()).project();
    const before = deadline();
    await world.clock.sleep(3_600_000);
    await world.planIn(7003, "contain");
    await (await world.open()).project();
    expect([before, deadline()]).toEqual([expect.stringMatching(/UTC$/), before]);
  });

  test("is in the ledger with who did it, when, the note, who says so, and the plan that has it", async () => {
    const outputs = await confirm();
    const record = await world.open();
    expect(record.latest("step-confirmed")).toMatchObject({
      by: { login: "oncall", runId: 7002 },
      data: {
        step: "disable-account",
        by: "Ida Identity",
        at: "2026-11-21T02:50:00.000Z",
        note: given.note,
        confirmedBy: { login: "oncall", name: "Olga Oncall" },
        planSha256: record.latest("planned")?.data.sha256,
      },
    });
    expect(outputs).toMatchObject({ "confirmed-by": "oncall", "done-at": "2026-11-21T02:50:00.000Z" });
    expect(outputs["open-steps"]).toContain("investigate");
    expect(outputs["open-steps"]).not.toContain("disable-account");
  });

  test("was done by whoever confirms, now, where nothing else is said", async () => {
    await confirm({ doneBy: undefined, doneAt: undefined });
    const entry = (await world.open()).latest("step-confirmed");
    expect([entry?.data.by, entry?.data.at]).toEqual(["Olga Oncall", expect.stringMatching(/^2026-11-21T/)]);
  });

  test("that was the last of a play without automatic steps contains the incident, once", async () => {
    await confirm();
    await confirm({}, { runAttempt: 2 });
    const contained = (await world.open()).all("contained");
    expect(contained.map(({ data }) => data)).toEqual([
      { action: "by-hand", summary: "by hand: disable-account", details: { steps: ["disable-account"] } },
    ]);
    expect(world.github.labels).toContain("status:contained");
  });

  test("that was the last contains it also where the job was killed before that, once somebody looks again", async () => {
    world.s3.fail = (operation, key) =>
      operation === "PutObject" && key.endsWith("/ledger/00000004.json") ? new Error("killed") : undefined;
    const before = (await world.open()).chain.length;
    expect(before).toBe(2);
    await expect(confirm()).rejects.toThrow("killed");
    world.s3.fail = () => undefined;
    expect((await world.open()).chain.map(({ kind }) => kind).slice(before)).toEqual(["step-confirmed"]);
    const error = await failure(confirm({}, { runId: 7003 }));
    expect(error.reason).toBe("already-confirmed");
    expect((await world.open()).all("contained")).toHaveLength(1);
    expect(world.github.labels).toContain("status:contained");
  });

  test("that is one of several contains nothing by itself", async () => {
    await declared("data-exfiltration");
    await confirm({ step: "block-account" });
    await confirm({ step: "check-downstream/tickets", verdict: "clean" }, { runId: 7003 });
    await confirm({ step: "check-downstream/reports", verdict: "affected" }, { runId: 7004 });
    expect((await world.open()).all("contained")).toEqual([]);
    await confirm({ step: "review-tool-calls" }, { runId: 7005 });
    expect((await world.open()).all("contained")).toHaveLength(1);
  });

  test("of an incident about the audit trail contains nothing before there is a verdict", async () => {
    await declared("audit-log-tampering");
    await confirm({ step: "confirm-no-deletion" });
    await confirm({ step: "check-bucket-policy" }, { runId: 7003 });
    expect((await world.open()).all("contained")).toEqual([]);
  });

  test("of a play with automatic steps contains nothing, and nor does a step of the escalation process", async () => {
    await declared("iam-role-unauthorized-use");
    await confirm({ step: "investigate-scope" });
    await confirm({ step: "report" }, { runId: 7003 });
    expect((await world.open()).all("contained")).toEqual([]);
    expect(world.github.body).toMatch(/- \[x\] 3\. \*\*Report\*\*/);
    expect(world.github.body).toMatch(/- \[ \] 7\. \*\*Investigate\*\*/);
  });

  test("shows what people wrote as text", async () => {
    await confirm({ note: "done @everyone <img src=x> `x` #1", doneBy: "a | b" });
    expect(world.github.body).toContain("`` done @everyone <img src=x> `x` #1 ``");
    expect(world.github.body).toContain("` a \\| b `");
  });
});

describe("refused before anything is written", () => {
  test("a step that the incident does not have, with those that it has", async () => {
    const error = await refusedFor({ step: "scale-to-zero" });
    expect(error.reason).toBe("unknown-step");
    expect(error.remedy).toContain("disable-account");
    expect(error.remedy).not.toContain("notify");
  });

  test("a step that was confirmed, with who did and when", async () => {
    await confirm();
    const error = await refusedFor({ note: "another note" }, { runId: 7003 });
    expect(error.reason).toBe("already-confirmed");
    expect(error.message).toMatch(/confirmed by oncall at 2026-11-21T/);
  });

  test("a step that two confirm at once: one does", async () => {
    const both = await Promise.allSettled([confirm(), confirm({}, { runId: 7003 })]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await world.open()).all("step-confirmed")).toHaveLength(1);
  });

  test("a step that Firebreak sees to be done, with the dispatch that does it", async () => {
    await declared("client-secret-compromised");
    const error = await refusedFor({ step: "disable-secret" });
    expect(error.reason).toBe("step-shows-itself");
    expect(error.remedy).toContain("gh workflow run contain.yml");
    expect(error.remedy).toContain("secret_disabled_by");
  });

  test.each([
    ["still to come", new Date("2027-11-21T02:50:00Z")],
    ["more than a year back", new Date("2024-11-21T02:50:00Z")],
  ])("a moment that is %s", async (_which, doneAt) => {
    expect((await refusedFor({ doneAt })).reason).toBe("bad-input");
  });

  test("the wrong mcp, and an incident that is not there", async () => {
    expect((await refusedFor({ mcp: "sharepoint" })).reason).toBe("bad-input");
    expect((await refusedFor({ incident: 41 })).reason).toBe("no-ledger");
  });

  test("a dry run's confirmation", async () => {
    const edits = world.github.edits;
    await confirm({ dryRun: true });
    expect([writes, world.github.edits]).toEqual([[], edits]);
    expect(world.summaries.join()).toContain("nothing is recorded");
  });
});

test("telling somebody is confirmed anew once the severity was raised", async () => {
  await confirm({ step: "report" }, { runId: 1 });
  expect((await refusedFor({ step: "report" }, { runId: 2 })).reason).toBe("already-confirmed");
  const record = await world.open();
  const by = { login: "bo", name: "Bo" };
  await record.append("severity-changed", { from: "high", to: "critical", reason: "more", by }, "raised");
  await confirm({ step: "report" }, { runId: 3 });
  expect((await refusedFor({ step: "report" }, { runId: 4 })).reason).toBe("already-confirmed");
  const keys = (await world.open()).all("step-confirmed").map(({ key }) => key);
  expect(keys).toEqual(["step-confirmed/report", "step-confirmed/report/2"]);
});

describe("the inputs", () => {
  const read = (changes: Record<string, string>) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        INPUT_STEP: "disable-account",
        INPUT_NOTE: "done",
        ...changes,
      }),
    );

  test("are read", () => {
    expect(read({ "INPUT_DONE-AT": "2026-11-21T02:50:00Z" })).toMatchObject({
      step: "disable-account",
      note: "done",
      doneBy: undefined,
      doneAt: new Date("2026-11-21T02:50:00Z"),
    });
  });

  test.each([
    ["no note", { INPUT_NOTE: "" }, "note"],
    ["a note of blanks", { INPUT_NOTE: " \n\t " }, "note"],
    ["a note without a word", { INPUT_NOTE: "---" }, "note"],
    ["no step", { INPUT_STEP: "" }, "step"],
    ["a step that is a path", { INPUT_STEP: "../disable-account" }, "step"],
    ["a step with a line break", { INPUT_STEP: "disable-account\nrestore" }, "step"],
    ["somebody on two lines", { "INPUT_DONE-BY": "a\nb" }, "done-by"],
    ["a day that does not exist", { "INPUT_DONE-AT": "2026-02-30T02:50:00Z" }, "done-at"],
  ])("are refused for %s", (_which, changes, input) => {
    expect(() => read(changes)).toThrow(`Input '${input}'`);
  });
});
