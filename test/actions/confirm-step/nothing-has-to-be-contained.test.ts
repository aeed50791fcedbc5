import { beforeEach, describe, expect, test } from "@jest/globals";
import { type ConfirmStepInputs, readInputs } from "../../../src/actions/confirm-step/inputs.ts";
import { run } from "../../../src/actions/confirm-step/run.ts";
import { InputReader } from "../../../src/actions/inputs.ts";
import { run as scaleDown } from "../../../src/actions/scale-down/run.ts";
import { NOTHING_TO_CONTAIN } from "../../../src/incident/entries.ts";
import { seal } from "../../support/gate-capture.ts";
import { failure, refusals } from "../../support/gate-expect.ts";
import { GateWorld, inputs } from "../../support/gate-world.ts";

let world: GateWorld;

beforeEach(() => enter("service-outage"));

async function enter(type: string): Promise<void> {
  world = new GateWorld({ type });
  Object.assign(world.github.client.rest, {
    users: { getByUsername: async () => ({ data: { name: "Olga Oncall" } }) },
  });
  await world.declare();
}

function confirm(changes: Partial<ConfirmStepInputs> = {}, runId = 7002) {
  const given: ConfirmStepInputs = {
    ...inputs,
    mcp: "servicenow",
    step: "contain",
    note: "A load test that nobody had announced.",
    doneBy: undefined,
    doneAt: undefined,
    verdict: NOTHING_TO_CONTAIN,
  };
  return run({ ...given, ...changes }, world.deps({ runId, job: "confirm" }));
}

const kinds = async () => (await world.open()).chain.map(({ kind }) => kind);

describe("a false alarm", () => {
  test("is recorded as a person's word, and never as contained", async () => {
    await confirm();
    const record = await world.open();
    expect(record.latest("step-confirmed")?.data).toMatchObject({
      step: "contain",
      verdict: NOTHING_TO_CONTAIN,
      note: "A load test that nobody had announced.",
      confirmedBy: { login: "oncall", name: "Olga Oncall" },
    });
    expect(await kinds()).not.toContain("contained");
    expect(world.github.body).toContain(
      "**Nothing was contained**: ` A load test that nobody had announced. `",
    );
    expect(world.changes()).toEqual([]);
  });

  test("is recorded once, and shown again by a second attempt of the same run", async () => {
    await confirm();
    await confirm();
    expect((await kinds()).filter((kind) => kind === "step-confirmed")).toHaveLength(1);
    expect((await failure(confirm({}, 7003))).reason).toBe("already-confirmed");
  });

  test("has to be said in so many words: a bare confirmation is refused, and another verdict", async () => {
    const before = await kinds();
    expect((await failure(confirm({ verdict: undefined }))).message).toContain(
      "a person can only say that nothing has to be contained",
    );
    expect((await failure(confirm({ verdict: "clean" }))).message).toContain("nothing has to be contained");
    const other = await failure(confirm({ step: "investigate" }));
    expect(other.message).toContain("asks for none");
    expect(await kinds()).toEqual(before);
  });

  test("does not become contained when the last step that people look at is done", async () => {
    await enter("data-exfiltration");
    await confirm();
    await confirm({ step: "review-tool-calls", verdict: undefined }, 7003);
    await confirm({ step: "check-downstream/tickets", verdict: "clean" }, 7004);
    await confirm({ step: "check-downstream/reports", verdict: "clean" }, 7005);
    expect(await kinds()).not.toContain("contained");
  });

  test("can be said anew once something had spoken against it", async () => {
    await confirm();
    const record = await world.open();
    const by = { login: "lead", name: "Lea Lead" };
    await record.append(
      "severity-changed",
      { from: "high", to: "critical", reason: "it is real", by },
      "raised",
    );
    await confirm({}, 7003);
    expect((await world.open()).all("step-confirmed").map(({ key }) => key)).toEqual([
      "step-confirmed/contain",
      "step-confirmed/contain/2",
    ]);
  });
});

describe("it is refused before anything is written", () => {
  test("once the machine has begun to change something", async () => {
    const record = await world.open();
    const change = { action: "scale-down", step: "scale-to-zero", target: "servicenow", from: {}, to: {} };
    await record.append("change-intended", change, "change");
    const before = await kinds();
    const error = await failure(confirm());
    expect(error).toMatchObject({ reason: "something-to-contain" });
    expect(error.message).toContain("neither verified nor taken back");
    expect(error.remedy).toContain("gh workflow run undo.yml");
    expect(await kinds()).toEqual(before);
  });

  test("once people have contained by hand", async () => {
    await enter("data-exfiltration");
    await confirm({ step: "block-account", verdict: undefined });
    expect((await failure(confirm({}, 7003))).message).toContain("block-account was done");
  });
});

test("of two jobs at the same moment the one that changes something is right, and the other one fails", async () => {
  const change = { action: "scale-down", step: "scale-to-zero", target: "servicenow", from: {}, to: {} };
  const getByUsername = async () => {
    // The ledger has been read by now, and nothing stands in it yet.
    await (await world.open()).append("change-intended", change, "change");
    return { data: { name: "Olga Oncall" } };
  };
  Object.assign(world.github.client.rest, { users: { getByUsername } });
  expect((await failure(confirm())).reason).toBe("something-to-contain");
  expect((await kinds()).slice(-2)).toEqual(["change-intended", "step-confirmed"]);
  expect(world.github.body).not.toContain("> **Nothing was contained**");
  expect(world.github.body).toContain("- [ ] ` contain ` found **nothing-to-contain**");
});

describe("the gate", () => {
  test("does not let an approval through that was asked for before", async () => {
    await seal(world);
    await confirm();
    world.github.approve();
    const found = await refusals(world, scaleDown(inputs, world.deps()));
    expect(found.map(({ reason }) => reason)).toContain("nothing-to-contain");
    expect(world.changes()).toEqual([]);
  });

  test("lets it through once it is planned anew", async () => {
    await seal(world);
    await confirm();
    await world.planIn(7009, "contain");
    await scaleDown(inputs, world.deps({ runId: 7009 }));
    expect((await kinds()).at(-1)).toBe("contained");
    expect(world.github.body).not.toContain("**Nothing was contained**");
  });
});

test("the input takes the verdict", () => {
  const read = readInputs(
    new InputReader({
      INPUT_INCIDENT: "42",
      INPUT_ENVIRONMENT: "dev",
      "INPUT_GITHUB-TOKEN": "token",
      INPUT_STEP: "contain",
      INPUT_NOTE: "a load test",
      INPUT_VERDICT: "nothing-to-contain",
    }),
  );
  expect(read).toMatchObject({ step: "contain", verdict: NOTHING_TO_CONTAIN });
});
