import { beforeEach, describe, expect, test } from "@jest/globals";
import { InputReader } from "../../../src/actions/inputs.ts";
import { readInputs, type SetSeverityInputs } from "../../../src/actions/set-severity/inputs.ts";
import { run } from "../../../src/actions/set-severity/run.ts";
import { changeSeverity, raiseSeverity } from "../../../src/incident/severity.ts";
import type { SeverityId } from "../../../src/runbook/schema.ts";
import { failure } from "../../support/gate-expect.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

let world: GateWorld;

async function declared(severity: SeverityId = "high") {
  world = new GateWorld({ severity });
  Object.assign(world.github.client.rest, {
    users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
  });
  await world.declare();
}
beforeEach(() => declared());

function set(changes: Partial<SetSeverityInputs>, runId = 7100) {
  const given = {
    ...inputs,
    severity: undefined,
    reason: "more users than thought",
    personalData: false,
    awareAt: undefined,
  };
  return run({ ...given, ...changes }, world.deps({ runId, job: "set" }));
}
const severities = async () =>
  (await world.open()).all("severity-changed").map(({ data }) => `${data.from}>${data.to}`);

describe("the severity", () => {
  test("goes up, down and up again, each time with its reason, and labels and title follow", async () => {
    expect(await set({ severity: "critical" }, 1)).toMatchObject({ severity: "critical", escalate: "true" });
    await declared("low");
    expect(await set({ severity: "medium" }, 1)).toMatchObject({ escalate: "true", review: "true" });
    expect(await set({ severity: "low", reason: "a false alarm" }, 2)).toMatchObject({
      escalate: "false",
      review: "false",
    });
    expect(await set({ severity: "medium" }, 3)).toMatchObject({ escalate: "true", review: "true" });
    expect(await severities()).toEqual(["low>medium", "medium>low", "low>medium"]);
    expect(world.github.labels).toContain("severity:medium");
    expect(world.github.comments.map((text) => /\*\*(Severity .*?):\*\*/.exec(text)?.[1])).toEqual([
      "Severity raised from Low to Medium",
      "Severity lowered from Medium to Low",
      "Severity raised from Low to Medium",
    ]);
  });

  test("leaves the plan as it was", async () => {
    const before = (await world.open()).latest("planned")?.data.sha256;
    await set({ severity: "critical" });
    expect((await world.open()).latest("planned")?.data.sha256).toBe(before);
  });

  test("changes once, whatever is re-run", async () => {
    await set({ severity: "critical" });
    const entries = (await world.open()).entries.length;
    expect(await set({ severity: "critical" })).toMatchObject({ severity: "critical", escalate: "true" });
    expect((await world.open()).entries).toHaveLength(entries);
    expect(world.github.comments).toHaveLength(1);
  });

  test("that it has already is refused by name", async () => {
    const error = await failure(set({ severity: "high" }));
    expect([error.reason, error.message]).toEqual([
      "bad-input",
      expect.stringContaining("is what it is already"),
    ]);
    expect(await severities()).toEqual([]);
  });

  test("does not go below what the audit trail's verdict leaves, whoever approves", async () => {
    await declared("critical");
    const verdict = { verdict: "tampered" as const, policyChanged: true, findings: [], capture: null };
    await (await world.open()).append("audit-trail-verified", verdict, "audit-trail-verified/1/1");
    world.github.approve();
    expect((await failure(set({ severity: "high" }))).reason).toBe("severity-forced");
    expect(await severities()).toEqual([]);
  });
});

describe("down from Critical", () => {
  beforeEach(() => declared("critical"));

  test("asks for an approval by somebody else, which the ledger keeps", async () => {
    world.github.approve("oncall-reviewer");
    expect(await set({ severity: "high" })).toMatchObject({ severity: "high", escalate: "false" });
    const approvals = (await world.open()).latest("severity-changed")?.data.approvals;
    expect(approvals).toMatchObject([{ login: "oncall-reviewer", environment: "containment-dev" }]);
  });

  test.each<[string, () => void]>([
    ["not-approved", () => {}],
    ["self-approval", () => world.github.approve("oncall")],
    ["rejected", () => world.github.reviews.push({ state: "rejected", login: "oncall-reviewer" })],
    ["not-approved", () => world.github.breakGlass("someone-else")],
    ["not-approved", () => world.github.reviews.push({ state: "approved", login: "app[bot]", type: "Bot" })],
    [
      "unprotected-environment",
      () => {
        world.github.approve();
        world.github.environment = { createdAt: new Date(0), reviewers: [] };
      },
    ],
    [
      "missing-environment",
      () => {
        world.github.approve();
        world.github.environment = null;
      },
    ],
    [
      "environment-unknown",
      () => {
        world.github.approve();
        world.github.forbidden = true;
      },
    ],
    [
      "dispatcher-unknown",
      () => {
        world.github.approve();
        world.github.actor = null;
      },
    ],
  ])("without one is refused before anything is written: %s", async (reason, prepare) => {
    prepare();
    const entries = (await world.open()).entries.length;
    const error = await failure(set({ severity: "low" }));
    expect(error.reason).toBe(reason);
    expect((await world.open()).entries).toHaveLength(entries);
    expect(world.github.edits).toBe(0);
  });

  test("an attempt after the one that was approved does not ask again", async () => {
    world.github.approve();
    await set({ severity: "high" });
    world.github.reviews = [];
    expect(await set({ severity: "high" })).toMatchObject({ severity: "high" });
    expect(await severities()).toEqual(["critical>high"]);
  });

  test("a dry run says that it needs one, and writes nothing", async () => {
    const entries = (await world.open()).entries.length;
    expect(await set({ severity: "high", dryRun: true })).toMatchObject({
      "approval-needed": "true",
      severity: "critical",
    });
    await declared("high");
    expect(await set({ severity: "critical", dryRun: true })).toMatchObject({ "approval-needed": "false" });
    expect((await world.open()).entries).toHaveLength(entries);
    expect(world.github.edits).toBe(0);
  });
});

describe("where another change comes in between", () => {
  /** While the action asks GitHub for the person's name. */
  function meanwhile(work: () => Promise<unknown>) {
    let once: (() => Promise<unknown>) | undefined = work;
    const getByUsername = async () => {
      const now = once;
      once = undefined;
      await now?.();
      return { data: { name: "Olga Oncall" } };
    };
    Object.assign(world.github.client.rest, { users: { getByUsername } });
  }

  test.each([false, true])("it is void, also with personal data: %s", async (personalData) => {
    meanwhile(async () => {
      const record = await world.open({ runId: 8001 });
      const verdict = { verdict: "tampered" as const, policyChanged: true, findings: [], capture: null };
      await record.append("audit-trail-verified", verdict, "audit-trail-verified/1/1");
      await raiseSeverity(world.deps({ runId: 8001 }), record, "critical", "the policy was changed");
    });
    const error = await failure(set({ severity: "medium", personalData }));
    expect(error.reason).toBe("severity-overtaken");
    expect(error.outputs).toMatchObject({ severity: "critical", escalate: String(personalData) });
    const record = await world.open();
    expect([record.severity, record.all("personal-data-found").length]).toEqual([
      "critical",
      personalData ? 1 : 0,
    ]);
    if (personalData) expect(world.github.body).toContain("| Personal data involved | **yes** |");
  });

  test("what the audit trail's verdict raises is raised all the same", async () => {
    const [record, other] = [await world.open({ runId: 8001 }), await world.open()];
    const by = { login: "bo", name: "Bo" };
    const lowered = { from: "high" as const, to: "low" as const, reason: "less", by };
    await changeSeverity(world.deps(), other, { ...lowered, key: "severity-changed/run-1" });
    for (let time = 0; time < 2; time += 1)
      await raiseSeverity(world.deps({ runId: 8001 }), record, "critical", "the policy was changed");
    expect((await world.open()).severity).toBe("critical");
    expect(await severities()).toEqual(["high>low", "high>critical", "low>critical"]);
  });
});

describe("personal data", () => {
  const found = (changes: Partial<SetSeverityInputs> = {}, runId = 7100) =>
    set({ personalData: true, reason: "names in the log", ...changes }, runId);

  test("found later starts the clocks from awareness, and people are told", async () => {
    const awareAt = new Date("2026-11-21T02:50:00Z");
    expect(await found({ awareAt })).toMatchObject({ escalate: "true", review: "false", severity: "high" });
    const record = await world.open();
    expect(record.latest("personal-data-found")?.data).toMatchObject({
      awareAt: awareAt.toISOString(),
      reason: "names in the log",
      by: { login: "oncall", name: "Olga Oncall" },
    });
    expect(world.github.body).toContain("| Personal data involved | **yes** |");
    expect(world.github.body).toContain("2026-11-24 02:50 UTC");
    expect(await severities()).toEqual([]);
  });

  test("and the severity go in one run", async () => {
    await found({ severity: "critical" });
    const kinds = (await world.open()).entries.map(({ kind }) => kind).slice(-3);
    expect(kinds).toEqual(["personal-data-found", "severity-changed", "escalation-due"]);
  });

  test("is found once: its clocks are not put off", async () => {
    await found({}, 1);
    await found({}, 1);
    expect((await failure(found({}, 2))).reason).toBe("personal-data-known");
    expect((await world.open()).all("personal-data-found")).toHaveLength(1);
  });

  test.each([
    ["2030-01-01T00:00:00Z", "lies in the future"],
    ["2026-11-20T00:00:00Z", "lies before the detection"],
  ])("cannot be known since %s", async (awareAt, words) => {
    const error = await failure(found({ awareAt: new Date(awareAt) }));
    expect([error.reason, error.message]).toEqual(["bad-input", expect.stringContaining(words)]);
    expect((await world.open()).all("personal-data-found")).toEqual([]);
  });
});

describe("the inputs", () => {
  const read = (changes: Record<string, string>) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        INPUT_REASON: "more users",
        ...changes,
      }),
    );

  test("take a severity in any case, or personal data without one", () => {
    expect(read({ INPUT_SEVERITY: "Critical" }).severity).toBe("critical");
    expect(read({ "INPUT_PERSONAL-DATA": "true" })).toMatchObject({
      severity: undefined,
      personalData: true,
    });
  });

  test.each<[Record<string, string>, RegExp]>([
    [{}, /severity/],
    [{ INPUT_SEVERITY: "worst" }, /severity/],
    [{ INPUT_SEVERITY: "High", INPUT_REASON: " " }, /reason/],
    [{ INPUT_SEVERITY: "High", INPUT_REASON: "!!!" }, /reason/],
    [{ INPUT_SEVERITY: "High", "INPUT_AWARE-AT": "2026-11-21T02:50:00Z" }, /aware-at/],
    [{ "INPUT_PERSONAL-DATA": "true", "INPUT_AWARE-AT": "yesterday" }, /aware-at/],
    [{ "INPUT_PERSONAL-DATA": "perhaps" }, /personal-data/],
  ])("refuse %j", (changes, name) => {
    expect(() => read(changes)).toThrow(name);
  });
});
