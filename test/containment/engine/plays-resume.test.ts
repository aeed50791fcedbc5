import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../src/containment/changes.ts";
import { failed } from "../../../src/containment/context.ts";
import { begunStep, progressOf } from "../../../src/containment/engine/progress.ts";
import { type Move, runPlay } from "../../../src/containment/engine/run-play.ts";
import type { Change, Position, StepContext, Undo } from "../../../src/containment/engine/step.ts";
import type { PlanStep } from "../../../src/incident/plan.ts";
import type { IncidentRecord } from "../../../src/incident/record.ts";
import { GateWorld } from "../../support/gate-world.ts";

/** A lamp that a step turns off: the smallest live system that a play can change. */
class Lamp {
  state: "on" | "off" | "broken" = "on";
  applied = 0;
  /** Where the job dies, or what goes wrong. */
  dies: "before applying" | "after applying" | "never" = "never";
  proves = true;

  readonly change: Change = {
    position: async (): Promise<Position> => {
      if (this.state === "on") return { at: "from" };
      if (this.state === "off") return { at: "to", outcome: { state: "off" } };
      return { at: "elsewhere", drift: ["the lamp was on or off and is broken"] };
    },
    apply: async (): Promise<Json> => {
      if (this.dies === "before applying") throw new Error("killed");
      this.applied += 1;
      this.state = "off";
      if (this.dies === "after applying") throw new Error("killed");
      return { state: "off" };
    },
    verify: async (): Promise<Json> => {
      if (!this.proves) throw failed("still-shining", "The lamp still shines.", "Look at the lamp.");
      return { dark: true };
    },
  };
}

function stepOf(id: string): PlanStep {
  return {
    id,
    text: "Turn the lamp off",
    target: `lamp ${id}`,
    from: { state: "on" },
    to: { state: "off" },
    effect: "It is dark",
    undo: "Turn it on",
  };
}

async function world(...ids: string[]) {
  const gate = new GateWorld();
  const record = await gate.declare();
  const planned = record.latest("planned");
  if (!planned) throw new Error("there is no plan");
  const plan = { ...planned.data.plan, steps: ids.map(stepOf) };
  await record.append("planned", { ...planned.data, plan }, "planned/lamps");
  const lamps = ids.map(() => new Lamp());
  const moves: Move[] = ids.map((id, index) => ({
    planned: stepOf(id),
    change: (lamps[index] ?? new Lamp()).change,
  }));
  const context = async (runAttempt = 1): Promise<StepContext> => {
    const deps = gate.deps({ runAttempt });
    const opened: IncidentRecord = await gate.open({ runAttempt });
    return { deps, record: opened, aws: deps.aws("eu-west-1"), pass: {} as StepContext["pass"] };
  };
  return { lamps, moves, context };
}

const kinds = ({ record }: StepContext) =>
  record.entries.map(({ kind }) => kind).filter((kind) => kind.startsWith("change-"));

describe("a play", () => {
  test("announces, makes and proves each step in turn", async () => {
    const { lamps, moves, context } = await world("a", "b");
    const play = await context();
    const done = await runPlay(play, "scale-down", moves);
    expect(lamps.map(({ state }) => state)).toEqual(["off", "off"]);
    expect(done.map(({ proof }) => proof)).toEqual([{ dark: true }, { dark: true }]);
    const each = ["change-intended", "change-made", "change-verified"];
    expect(kinds(play)).toEqual([...each, ...each]);
  });

  test.each(["before applying", "after applying"] as const)(
    "that was killed %s is taken up again, and applied once",
    async (moment) => {
      const { lamps, moves, context } = await world("a", "b");
      const [first] = lamps;
      if (first) first.dies = moment;
      await expect(runPlay(await context(), "scale-down", moves)).rejects.toThrow("killed");
      if (first) first.dies = "never";
      const again = await context(2);
      await runPlay(again, "scale-down", moves);
      expect(lamps.map(({ applied }) => applied)).toEqual([1, 1]);
      expect(kinds(again).filter((kind) => kind === "change-made")).toHaveLength(2);
      await runPlay(await context(3), "scale-down", moves);
      expect(lamps.map(({ applied }) => applied)).toEqual([1, 1]);
    },
  );

  test("ends at the first step that cannot be proved, and says what was done and what was not reached", async () => {
    const { lamps, moves, context } = await world("a", "b", "c");
    if (lamps[1]) lamps[1].proves = false;
    const play = await context();
    const error = await runPlay(play, "scale-down", moves).catch((cause: Error) => cause);
    expect((error as Error).message).toBe(
      "The lamp still shines.\nDone and proved before it: a (lamp a).\nNot reached: c (lamp c).",
    );
    expect(lamps[2]?.applied).toBe(0);
    expect(progressOf(play.record.entries, 7001, "scale-down", "b").is).toBe("made");
    if (lamps[1]) lamps[1].proves = true;
    await runPlay(await context(2), "scale-down", moves);
    expect(lamps.map(({ applied }) => applied)).toEqual([1, 1, 1]);
  });

  test("changes nothing where somebody else did", async () => {
    const { lamps, moves, context } = await world("a");
    if (lamps[0]) lamps[0].state = "broken";
    const play = await context();
    const error = await runPlay(play, "scale-down", moves).catch((cause: Error) => cause);
    expect(error).toMatchObject({ reason: "drifted" });
    expect((error as Error).message).toContain("- the lamp was on or off and is broken");
    expect([lamps[0]?.applied, kinds(play)]).toEqual([0, []]);
  });
});

describe("the ledger", () => {
  test("remembers a step as it was before the first attempt, until it is taken back", async () => {
    const { moves, context } = await world("a");
    const play = await context();
    await runPlay(play, "scale-down", moves);
    const undo = { id: "lamp-on" } as Undo;
    const begun = () => begunStep(play.record.entries, "scale-down", { id: "a", undo });
    expect(begun()).toMatchObject({ from: { state: "on" }, outcome: { state: "off" } });
    const undone = { action: "undo", step: "lamp-on", target: "lamp a", proof: {} };
    await play.record.append("change-verified", undone, "change-verified/undo");
    expect(begun()).toBeUndefined();
  });
});
