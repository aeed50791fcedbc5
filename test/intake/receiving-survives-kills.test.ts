import { expect, test } from "@jest/globals";
import { alarmEvent, dispatchOf, IntakeWorld } from "../support/intake-world.ts";

const first = dispatchOf({ event: alarmEvent() });
const second = dispatchOf({ event: alarmEvent({ at: "2026-11-21T02:50:00.000+0000" }) });

type Moment = "before" | "after";

/** Kills whoever makes the n-th call of S3 from now on, before it is carried out or after. Counts on without a number. */
function killAt(
  world: IntakeWorld,
  call: number | undefined,
  moment: Moment,
): { calls: () => number; off: () => void } {
  const send = world.s3.send.bind(world.s3);
  let count = 0;
  world.s3.send = async (command) => {
    count += 1;
    if (count !== call) return send(command);
    if (moment === "after") await send(command);
    throw new Error("killed");
  };
  return {
    calls: () => count,
    off: () => {
      world.s3.send = send;
    },
  };
}

/** The whole way of two signals; `killed` is the stage whose job dies and is run again. */
async function twoSignals(killed: number, call: number | undefined, moment: Moment) {
  const world = new IntakeWorld();
  let calls = 0;
  let number: number | undefined;
  const stages: (() => Promise<unknown>)[] = [
    () => world.receive("alarm", first),
    async () => {
      for (const [index, inputs] of world.dispatched.entries())
        number = (await world.declare(inputs, 9000 + index)) ?? number;
    },
    () => world.receive("alarm", second),
  ];
  const SECOND = stages.length - 1;
  for (const [index, stage] of stages.entries()) {
    // So long after the declaration what joins is preserved again.
    if (index === SECOND) await world.clock.sleep(61 * 60_000);
    if (index === killed) {
      const kill = killAt(world, call, moment);
      await stage().catch((error: Error) => {
        if (error.message !== "killed") throw error;
      });
      calls = kill.calls();
      kill.off();
    }
    if (index !== killed || call !== undefined) await stage();
  }
  return { calls, seen: await world.seen(number ?? 0), world };
}

test.each([
  [0, "the first signal's job"],
  [1, "the run that declares"],
  [2, "the second signal's job"],
])(
  "stage %i, %s: killed at any call and run again, there is one incident that saw each signal once, and was preserved for it",
  async (stage) => {
    const { calls } = await twoSignals(stage, undefined, "before");
    expect(calls).toBeGreaterThan(3);
    for (let call = 1; call <= calls; call += 1)
      for (const moment of ["before", "after"] as const) {
        const { seen, world } = await twoSignals(stage, call, moment);
        expect({ call, moment, seen }).toEqual({ call, moment, seen: [false, true] });
        // Killed once that was started, it is started twice at most.
        expect(world.preserves.length).toBeGreaterThanOrEqual(1);
        expect(world.preserves.length).toBeLessThanOrEqual(stage === 2 ? 2 : 1);
      }
  },
);
