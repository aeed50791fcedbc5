import { describe, expect, test } from "@jest/globals";
import { GraphError } from "../../../src/graph-error.ts";
import { EntraWorld } from "../../support/entra-world.ts";
import { figures } from "../../support/figures.ts";
import { failure } from "../../support/gate-expect.ts";
import { type Moment, Mortal } from "../../support/kill-client.ts";

/** A process that dies while it reads leaves the world as its last changing call did. */
const CHANGING = ["removePassword", "addPassword", "PutParameter", "UpdateService", "PutObject"];
const counts = (_service: string, operation: string) => CHANGING.includes(operation);
const OWN = /^firebreak INC-42 run \d+$/;

/** One live secret of the incident's own, which the one new version of the parameter holds. */
function expectOnce(world: EntraWorld, where: string): void {
  const own = world.credentials().filter(({ displayName }) => OWN.test(displayName));
  const versions = world.ssm.versions.map(({ version }) => version);
  expect([where, own.length, versions]).toEqual([where, 1, [1, 2, 3]]);
  expect(own[0]?.hint).toBe(world.ssm.version(3).value.slice(0, 3));
  expect(world.credentials()).toHaveLength(2);
  expect(world.changes().filter((operation) => operation === "UpdateService")).toHaveLength(1);
}

describe("rotate-secret by strategy entra, killed and run again", () => {
  test("before and after every changing call: one new secret, one new version, chain intact, contained once", async () => {
    const first = await new EntraWorld().ready();
    const whole = new Mortal(null, counts);
    first.mortal = whole;
    await first.rotate();
    expectOnce(first, "uninterrupted");
    let runs = 0;
    for (let call = 1; call <= whole.calls.length; call += 1) {
      for (const moment of ["before", "after"] as Moment[]) {
        const world = await new EntraWorld().ready();
        world.mortal = new Mortal({ call, moment }, counts);
        const died = await world.rotate().then(
          () => false,
          () => true,
        );
        expect([call, moment, died]).toEqual([call, moment, true]);
        world.mortal = undefined;
        await world.rotate({ runAttempt: 2 });
        runs += 1;
        const where = `${whole.calls[call - 1]} (${call}), ${moment}`;
        expectOnce(world, where);
        // Opening it checks the chain.
        const record = await world.open();
        expect([where, record.all("contained").length]).toEqual([where, 1]);
        expect(record.all("follow-up-due")).toHaveLength(1);
        for (const secret of world.tenant.secrets()) expect(world.said()).not.toContain(secret);
      }
    }
    expect(whole.calls).toEqual(
      expect.arrayContaining(["graph:removePassword", "graph:addPassword", "ssm:PutParameter"]),
    );
    figures("rotate-secret-entra-kills", { points: whole.calls.length, runs, appliedOnce: runs });
  }, 240_000);

  test.each(["removePassword", "addPassword", "PutParameter", "UpdateService"])(
    "after %s, and taken up by a later run with a plan of its own",
    async (operation) => {
      const world = await new EntraWorld().ready();
      const mortal = new Mortal({ call: 1, moment: "after" }, (_service, name) => name === operation);
      world.mortal = mortal;
      await failure(world.rotate());
      expect(mortal.killed).toBe(true);
      world.mortal = undefined;
      await world.clock.sleep(5 * 60_000);
      await world.preservedAndApproved("7002");
      await world.planIn(7002, "contain");
      const removed = (await world.open()).latest("planned")?.data.plan.steps[0];
      expect([removed?.id, removed?.from.keyId]).toEqual(["remove-credential", null]);
      await world.rotate({ runId: 7002 });
      const once = world.changes().filter((name) => name === "UpdateService").length;
      const own = world.credentials().filter(({ displayName }) => OWN.test(displayName));
      expect([own.length, world.ssm.versions.length]).toEqual([1, 3]);
      expect(once).toBe(1);
      expect((await world.open()).all("contained")).toHaveLength(1);
    },
  );

  test("an answer of addPassword that is lost: the secret that nobody knows is removed, another one made", async () => {
    const world = await new EntraWorld().ready();
    const real = world.tenant.handle.bind(world.tenant);
    let lost = 0;
    world.tenant.handle = (operation, url, body, caller) => {
      const answer = real(operation, url, body, caller);
      if (operation !== "applications/addPassword" || lost > 0) return answer;
      lost += 1;
      throw new GraphError(0, "", "POST: ECONNRESET");
    };
    await world.rotate();
    expect(world.changes()).toEqual([
      "removePassword",
      "addPassword",
      "removePassword",
      "addPassword",
      "PutParameter",
      "UpdateService",
    ]);
    expectOnce(world, "lost answer");
  });
});
