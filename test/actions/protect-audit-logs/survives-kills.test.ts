import { afterEach, describe, expect, test } from "@jest/globals";
import { run } from "../../../src/actions/protect-audit-logs/run.ts";
import { figures } from "../../support/figures.ts";
import { type Moment, Mortal } from "../../support/kill-client.ts";
import { POLICY, TASKS } from "../../support/revoke-world.ts";
import { inputs, TamperWorld } from "../../support/tamper-world.ts";

/**
 * Dying before and after each changing call covers every moment: IAM's, S3's and ECS's writes, and the ledger's. Here it
 * is done around the bucket's policy; what is taken from the role is taken by revoke-role's steps, whose walk is there.
 */
const CHANGING = ["PutRolePolicy", "PutBucketPolicy", "StopTask", "PutObject"];
const counts = (_service: string, operation: string) => CHANGING.includes(operation);

let tampered: TamperWorld;
afterEach(() => tampered.world.platform.close());

async function ready(): Promise<void> {
  tampered = await TamperWorld.start({ speed: 1_500, tasks: TASKS.slice(0, 1) });
  await tampered.ready();
}

const figuresOf = { points: 0, runs: 0, appliedOnce: 0 };

describe("protect-audit-logs, killed and run again", () => {
  test("around the bucket policy: applied exactly once, chain intact, the end the same", async () => {
    await ready();
    const whole = new Mortal(null, counts);
    tampered.world.wrap = whole.wrap;
    await run(inputs, tampered.world.deps());
    expect(tampered.changes()).toEqual(["PutRolePolicy", "PutBucketPolicy", "StopTask"]);
    // Announced, put, noted as made, proved.
    const put = whole.calls.indexOf("s3:PutBucketPolicy") + 1;
    const points = [put - 1, put, put + 1, put + 2];
    figuresOf.points = points.length;

    for (const call of points) {
      for (const moment of ["before", "after"] as Moment[]) {
        await tampered.world.platform.close();
        await ready();
        const mortal = new Mortal({ call, moment }, counts);
        tampered.world.wrap = mortal.wrap;
        await expect(run(inputs, tampered.world.deps())).rejects.toThrow();
        tampered.world.wrap = (aws) => aws;
        await run(inputs, tampered.world.deps({ runAttempt: 2 }));
        figuresOf.runs += 1;

        const where = `${whole.calls[call - 1]} (${call}), ${moment}`;
        expect([where, ...tampered.changes()]).toEqual([
          where,
          "PutRolePolicy",
          "PutBucketPolicy",
          "StopTask",
        ]);
        figuresOf.appliedOnce += 1;
        expect(tampered.policy).toBe(await tampered.expected());
        // Opening it checks the chain.
        expect((await tampered.world.open()).all("contained")).toHaveLength(1);
        expect([...tampered.world.role.inline.keys()].sort()).toEqual([POLICY, "write-audit-log"].sort());
      }
    }
    figures("protect-audit-logs-kills", figuresOf);
  }, 480_000);
});
