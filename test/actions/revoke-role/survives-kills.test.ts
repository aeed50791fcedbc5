import { afterEach, describe, expect, test } from "@jest/globals";
import type { AwsSession } from "../../../drill/contracts.ts";
import { run } from "../../../src/actions/revoke-role/run.ts";
import { FEW } from "../../support/chosen-calls.ts";
import { figures } from "../../support/figures.ts";
import { type Moment, Mortal } from "../../support/kill-client.ts";
import { inputs, POLICY, RevokeWorld, ROLE_ARN } from "../../support/revoke-world.ts";

/**
 * A process that dies while it reads leaves the world as its last changing call did, so dying before and after each
 * changing call covers every moment. Changing: IAM's and ECS's writes, and the ledger's.
 */
const CHANGING = ["PutRolePolicy", "UpdateAssumeRolePolicy", "StopTask", "PutObject"];
const counts = (_service: string, operation: string) => CHANGING.includes(operation);

/** Of a few one of the two, in turn. */
function momentsOf(call: number): Moment[] {
  const both: Moment[] = ["before", "after"];
  return FEW ? both.slice(call % 2).slice(0, 1) : both;
}

let world: RevokeWorld;
/** Of the role, begun before the play. However fast the clock runs, it has not expired by the play's end. */
let stolen: AwsSession;
afterEach(() => world.platform.close());

async function ready(): Promise<void> {
  world = await RevokeWorld.start({ speed: 1_500 });
  await world.ready("both");
  stolen = world.platform.server.sessions.issue({ roleArn: ROLE_ARN, durationSeconds: 30 * 86_400 });
}

const figuresOf = { points: 0, runs: 0, appliedOnce: 0 };

describe("revoke-role, killed and run again", () => {
  test("before and after every changing call: applied exactly once, chain intact, the end the same", async () => {
    await ready();
    const whole = new Mortal(null, counts);
    world.wrap = whole.wrap;
    await run(inputs, world.deps());
    const once = world.changes();
    const kinds = (await world.open()).entries.map(({ kind }) => kind);
    figuresOf.points = whole.calls.length;
    expect(figuresOf.points).toBeGreaterThan(10);

    for (let call = 1; call <= whole.calls.length; call += 1) {
      for (const moment of momentsOf(call)) {
        await world.platform.close();
        await ready();
        const mortal = new Mortal({ call, moment }, counts);
        world.wrap = mortal.wrap;
        const died = await run(inputs, world.deps()).then(
          () => false,
          () => true,
        );
        expect([call, moment, died]).toEqual([call, moment, true]);
        world.wrap = (aws) => aws;
        await run(inputs, world.deps({ runAttempt: 2 }));
        figuresOf.runs += 1;

        const where = `${whole.calls[call - 1]} (${call}), ${moment}`;
        expect([where, ...world.changes().sort()]).toEqual([where, ...[...once].sort()]);
        figuresOf.appliedOnce += 1;
        // Opening it checks the chain.
        const record = await world.open();
        expect(record.all("contained")).toHaveLength(1);
        expect(new Set(record.entries.map(({ kind }) => kind))).toEqual(
          new Set([...kinds, ...failuresOf(record)]),
        );
        expect([...world.role.inline.keys()].sort()).toEqual([POLICY, "write-audit-log"].sort());
        expect(await world.callWith(stolen)).toBe("AccessDenied");
      }
    }
    figures("revoke-role-kills", figuresOf);
  }, 240_000);

  test("a killed undo goes on where it stopped", async () => {
    for (const moment of ["before", "after"] as Moment[]) {
      for (const call of [1, 2, 3]) {
        if (call > 1 || moment === "after") await world.platform.close();
        await ready();
        const before = world.state();
        await run(inputs, world.deps());
        const undoing = new Mortal({ call, moment }, counts);
        world.wrap = undoing.wrap;
        await failureOf(world.undo("both"));
        world.wrap = (aws) => aws;
        await world.undo("both");
        expect([call, moment, world.state()]).toEqual([call, moment, before]);
      }
    }
  }, 120_000);
});

async function failureOf(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toThrow();
}

function failuresOf(record: Awaited<ReturnType<RevokeWorld["open"]>>): string[] {
  return record.entries
    .map(({ kind }) => kind)
    .filter((kind) => kind === "not-contained" || kind === "gate-refused");
}
