import { beforeEach, describe, expect, test } from "@jest/globals";
import { type ConfirmStepInputs, readInputs } from "../../../src/actions/confirm-step/inputs.ts";
import { run } from "../../../src/actions/confirm-step/run.ts";
import { InputReader } from "../../../src/actions/inputs.ts";
import { failure } from "../../support/gate-expect.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

let world: GateWorld;

beforeEach(async () => {
  world = new GateWorld({ type: "data-exfiltration" });
  Object.assign(world.github.client.rest, {
    users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
  });
  await world.declare();
});

function confirm(changes: Partial<ConfirmStepInputs>, runId = 7002) {
  const given: ConfirmStepInputs = {
    ...inputs,
    mcp: "servicenow",
    step: "check-downstream/tickets",
    note: "Looked through what the user read.",
    doneBy: undefined,
    doneAt: undefined,
    verdict: undefined,
  };
  return run({ ...given, ...changes }, world.deps({ runId, job: "confirm" }));
}

const top = () => world.github.body.slice(0, world.github.body.indexOf("## Facts"));

describe("each data source of the mcp", () => {
  test("is a step for its owner, with its tools, and asks for a verdict", async () => {
    const record = await world.open();
    await record.project();
    const steps = record.latest("planned")?.data.plan.manual.filter(({ verdict }) => verdict);
    expect(steps?.map(({ id, contact }) => [id, contact])).toEqual([
      ["check-downstream/tickets", "it-infrastructure-owner"],
      ["check-downstream/reports", "it-infrastructure-manager"],
    ]);
    expect(steps?.[0]?.text).toContain(
      "Incidents and requests (reached by the tools search_records, get_record)",
    );
    expect(steps?.[0]?.reach).toBe("IT Infrastructure Owner: not in the runbook yet: name and email");
    expect(top()).toContain('-f step=check-downstream/tickets -f verdict="..." -f note="..."');
  });

  test.each(["clean", "affected"] as const)(
    "found %s is done, and the issue says how it was found",
    async (verdict) => {
      await confirm({ verdict });
      const { data } = (await world.open()).latest("step-confirmed") ?? {};
      expect(data).toMatchObject({ step: "check-downstream/tickets", verdict });
      expect(top()).toContain(`- [x] \` check-downstream/tickets \` found **${verdict}**, by`);
      expect(top()).not.toContain("-f step=check-downstream/tickets");
    },
  );

  test("found unclear stays open, contains nothing, and is looked at again", async () => {
    await confirm({ verdict: "unclear" });
    expect(top()).toContain("- [ ] ` check-downstream/tickets ` found **unclear**");
    expect(top()).toContain("-f step=check-downstream/tickets");
    await confirm({ step: "check-downstream/reports", verdict: "clean" }, 7003);
    await confirm({ step: "review-tool-calls" }, 7004);
    await confirm({ step: "block-account" }, 7005);
    expect((await world.open()).all("contained")).toEqual([]);
    await confirm({ verdict: "clean" }, 7006);
    const record = await world.open();
    expect(record.all("step-confirmed").map(({ data }) => data.verdict)).toEqual([
      "unclear",
      "clean",
      undefined,
      undefined,
      "clean",
    ]);
    expect(record.all("contained")).toHaveLength(1);
    expect((await failure(confirm({ verdict: "affected" }, 7007))).reason).toBe("already-confirmed");
  });

  test("without a verdict is refused, and so is a verdict where none is asked for", async () => {
    const entries = (await world.open()).entries.length;
    expect((await failure(confirm({}))).message).toContain("asks how it was found");
    expect((await failure(confirm({ step: "review-tool-calls", verdict: "clean" }))).message).toContain(
      "asks for none",
    );
    expect((await world.open()).entries).toHaveLength(entries);
  });
});

describe("the inputs", () => {
  const read = (changes: Record<string, string>) =>
    readInputs(
      new InputReader({
        INPUT_INCIDENT: "42",
        INPUT_ENVIRONMENT: "dev",
        "INPUT_GITHUB-TOKEN": "token",
        INPUT_STEP: "check-downstream/tickets",
        INPUT_NOTE: "done",
        ...changes,
      }),
    );

  test("take the id of a data source, and the three verdicts", () => {
    expect(read({ INPUT_VERDICT: "unclear" })).toMatchObject({
      step: "check-downstream/tickets",
      verdict: "unclear",
    });
    expect(read({}).verdict).toBeUndefined();
  });

  test.each(["check-downstream/", "/tickets", "a/b/c", "check-downstream/../x", "Check/tickets"])(
    "refuse the step %s",
    (step) => {
      expect(() => read({ INPUT_STEP: step })).toThrow(/step/);
    },
  );

  test("refuse another verdict", () => {
    expect(() => read({ INPUT_VERDICT: "fine" })).toThrow(/verdict/);
  });
});
