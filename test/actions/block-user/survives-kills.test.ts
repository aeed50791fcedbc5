import { describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/block-user/run.ts";
import { BlockWorld, inputs, USER_ID } from "../../support/block-world.ts";

class Killed extends Error {}

/** The tenant's end state and the ledger's outcome, without what the clock says. */
async function endState(world: BlockWorld) {
  const record = await world.open();
  const kinds = ["change-verified", "contained"] as const;
  return {
    enabled: world.user?.accountEnabled,
    changes: world.users.changes(USER_ID),
    contained: record.all("contained").length,
    verified: [...new Set(record.all(kinds[0]).map(({ data }) => data.step))],
    chained: record.entries.every(
      ({ previous }, index) => previous === (record.entries[index - 1]?.sha256 ?? null),
    ),
  };
}

/** How many calls of Graph and writes to the vault an undisturbed run makes. */
async function undisturbed() {
  const world = new BlockWorld();
  await world.ready();
  let calls = 0;
  world.beforeGraph = () => {
    calls += 1;
  };
  let writes = 0;
  world.s3.fail = (operation) => {
    if (operation === "PutObject") writes += 1;
    return undefined;
  };
  await run(inputs, world.deps());
  return { calls, writes, state: await endState(world) };
}

/** Kills the first attempt, then runs the second, as "re-run failed jobs" does. */
async function killed(arm: (world: BlockWorld, kill: () => never) => void) {
  const world = new BlockWorld();
  await world.ready();
  let dead = false;
  const kill = (): never => {
    dead = true;
    throw new Killed("killed");
  };
  arm(world, kill);
  const [before, after] = [world.beforeGraph, world.afterGraph];
  const fail = world.s3.fail;
  world.beforeGraph = (operation) => (dead ? kill() : before(operation));
  world.afterGraph = (operation) => (dead ? undefined : after(operation));
  world.s3.fail = (operation, key) => (dead ? new Killed("killed") : fail(operation, key));
  await expect(run(inputs, world.deps())).rejects.toThrow();
  world.beforeGraph = () => {};
  world.afterGraph = () => {};
  world.s3.fail = () => undefined;
  await run(inputs, world.deps({ runAttempt: 2 }));
  return endState(world);
}

describe("block-user, killed and run again, applies once", () => {
  test("before and after every call of Graph", async () => {
    const { calls, state } = await undisturbed();
    expect(calls).toBeGreaterThan(8);
    for (const when of ["beforeGraph", "afterGraph"] as const) {
      for (let nth = 1; nth <= calls; nth += 1) {
        let seen = 0;
        const end = await killed((world, kill) => {
          world[when] = () => {
            seen += 1;
            if (seen === nth) kill();
          };
        });
        expect({ when, nth, ...end }).toEqual({ when, nth, ...state });
      }
    }
  });

  test("before every write of the ledger", async () => {
    const { writes, state } = await undisturbed();
    expect(writes).toBeGreaterThan(6);
    for (let nth = 1; nth <= writes; nth += 1) {
      let seen = 0;
      const end = await killed((world, kill) => {
        world.s3.fail = (operation) => {
          if (operation === "PutObject") seen += 1;
          if (seen < nth || operation !== "PutObject") return undefined;
          try {
            return kill();
          } catch (error) {
            return error as Error;
          }
        };
      });
      expect({ nth, ...end }).toEqual({ nth, ...state });
    }
  });
});
