import { beforeEach, expect, test } from "@jest/globals";
import { readInputs } from "../../../src/actions/acknowledge/inputs.ts";
import { run } from "../../../src/actions/acknowledge/run.ts";
import { InputReader } from "../../../src/actions/inputs.ts";
import { timeToAcknowledge } from "../../../src/incident/acknowledgement.ts";
import type { RunContext } from "../../../src/ports.ts";
import { failure } from "../../support/gate-expect.ts";
import { GateWorld } from "../../support/gate-world.ts";

const given = {
  incident: 42,
  environment: "dev",
  runbook: "runbook.yml",
  githubToken: "token",
  dryRun: false,
  note: "Looking at it @everyone <b>now</b>.",
};

let world: GateWorld;
beforeEach(async () => {
  world = new GateWorld();
  Object.assign(world.github.client.rest, {
    users: { getByUsername: async () => ({ data: { name: "Olga | Oncall" } }) },
  });
  await world.declare();
});

const take = (changes: Partial<typeof given> = {}, context: Partial<RunContext> = {}) =>
  run({ ...given, ...changes }, world.deps({ runId: 7002, job: "acknowledge", ...context }));
const taken = async () => (await world.open()).all("acknowledged");

test("the ledger has who, the note and the severity; the issue has who at the top, and how long it took", async () => {
  await (await world.open()).project();
  expect(world.github.body).toContain("**Nobody has taken this incident.** To take it: comment ` /ack `");
  await world.clock.sleep(7 * 60_000);
  const outputs = await take();
  const [entry] = await taken();
  expect(entry?.data).toEqual({
    by: { login: "oncall", name: "Olga | Oncall" },
    note: given.note,
    severity: "high",
  });
  expect(timeToAcknowledge((await world.open()).chain)).toBe(7 * 60_000);
  expect(outputs).toEqual({ "taken-by": "oncall", seconds: "420" });
  expect(world.github.body).toContain(
    "**Taken by** ` oncall ` (` Olga \\| Oncall `) at 2026-11-21 03:07 UTC, 7 min after the declaration",
  );
  expect(world.summaries.at(-1)).toContain("```text\nLooking at it @everyone <b>now</b>.\n```");
});

test.each([
  ["the next attempt of the run", { runAttempt: 2 }],
  ["the same person in another run", { runId: 7003 }],
  ["the same person, written otherwise", { runId: 7003, actor: "OnCall" }],
])("%s changes nothing", async (_name, context) => {
  await take();
  await take({ note: "again" }, context);
  expect(await taken()).toHaveLength(1);
});

test("somebody else may take it as well; the time is that of the first", async () => {
  await take();
  await world.clock.sleep(60_000);
  const outputs = await take({}, { runId: 7003, actor: "maja" });
  expect(outputs).toEqual({ "taken-by": "oncall", seconds: "0" });
  expect(world.github.body).toContain(", then by ` maja `");
});

test("a dry run writes nothing", async () => {
  const edits = world.github.edits;
  await take({ dryRun: true });
  expect([await taken(), world.github.edits]).toEqual([[], edits]);
});

test("what is reviewed cannot be taken", async () => {
  await (await world.open()).append("reviewed", { record: "docs/x.md" }, "reviewed");
  expect((await failure(take())).reason).toBe("already-reviewed");
  expect(await taken()).toEqual([]);
});

test.each([
  ["incident", "42; rm -rf /"],
  ["incident", "-1"],
  ["note", "\u0000"],
  ["note", "\u200b"],
  ["note", "x".repeat(10_001)],
])("%s %j is refused by name", (name, value) => {
  const env = { INPUT_INCIDENT: "42", INPUT_ENVIRONMENT: "dev", "INPUT_GITHUB-TOKEN": "t" };
  const read = () => readInputs(new InputReader({ ...env, [`INPUT_${name.toUpperCase()}`]: value }));
  expect(read).toThrow(`Input '${name}'`);
});

test("whoever has taken it takes it again once it was raised", async () => {
  await take({}, { runId: 1 });
  const record = await world.open();
  const by = { login: "bo", name: "Bo" };
  await record.append("severity-changed", { from: "high", to: "critical", reason: "more", by }, "raised");
  await take({}, { runId: 2 });
  await take({}, { runId: 3 });
  expect((await taken()).map(({ data }) => data.severity)).toEqual(["high", "critical"]);
  expect(world.github.body).toMatch(/\*\*Taken by\*\* ` oncall `.* 0 min after the declaration$/m);
});
