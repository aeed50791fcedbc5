import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { IncidentRecord } from "../../src/incident/record.ts";
import { ownRunbook } from "../support/incident.ts";
import { type Baseline, baselineOf, expectWhole, ledgerKinds } from "../support/judge.ts";
import { SmallWorld } from "../support/small-world.ts";

let world: SmallWorld;
let baseline: Baseline;

beforeEach(async () => {
  world = await SmallWorld.start();
  const first = await world.declare();
  expect((await world.preserve(first)).code).toBe(0);
  baseline = await baselineOf(world, first, String(world.run.id));
}, 120_000);

afterEach(() => world.close());

describe("preserve, while something else goes on", () => {
  test("two runs preserve one incident at once: two whole captures, one chain, both in the issue", async () => {
    const incident = await world.declare();
    const other = world.newRun();
    const ended = await Promise.all([world.preserve(incident), world.preserve(incident, { run: other })]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const captures = [String(world.run.id), String(other.id)];
    expect(ended.map(({ outputs }) => outputs.capture)).toEqual(captures);
    await expectWhole(world, incident, captures);
    const issue = world.platform.github.state.toIssuesJson().find(({ number }) => number === incident);
    for (const capture of captures) {
      expect(issue?.body).toContain(capture);
      expect(issue?.comments.filter(({ body }) => body.includes(`capture-sealed/${capture}`))).toHaveLength(
        1,
      );
    }
  }, 180_000);

  test("one run preserves an incident twice at once: one whole capture, the same for both", async () => {
    const incident = await world.declare();
    const ended = await Promise.all([world.preserve(incident), world.preserve(incident)]);
    expect(ended.map(({ code, output }) => (code === 0 ? "" : output))).toEqual(["", ""]);
    const [one, two] = ended.map(({ outputs }) => outputs);
    expect(one?.["manifest-sha256"]).toBe(two?.["manifest-sha256"]);
    await expectWhole(world, incident, [String(world.run.id)], baseline);
  }, 180_000);

  test("another process appends to the ledger without a pause: nothing is lost, the chain is whole", async () => {
    const incident = await world.declare();
    let going = true;
    const appended: string[] = [];
    const beside = (async () => {
      const record = await IncidentRecord.open(world.deps(), ownRunbook(), "dev", incident);
      while (going && appended.length < 60) {
        const key = `beside/${appended.length}`;
        world.deps();
        const data = { capture: key, message: "written by another job at the same time" };
        expect(await record.append("capture-failed", data, key)).toBe(true);
        appended.push(key);
      }
    })();
    const { code, output } = await world.preserve(incident);
    going = false;
    await beside;
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    const failed = (await ledgerKinds(world, incident)).filter((kind) => kind === "capture-failed");
    expect(appended.length).toBeGreaterThan(5);
    expect(failed).toHaveLength(appended.length);
    await expectWhole(world, incident, [String(world.run.id)], baseline);
  }, 180_000);
});
