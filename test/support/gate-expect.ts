import { expect } from "@jest/globals";
import { run } from "../../src/actions/scale-down/run.ts";
import { FirebreakError } from "../../src/errors.ts";
import type { Refusal } from "../../src/incident/entries.ts";
import { type GateWorld, inputs } from "./gate-world.ts";

/** What the promise was rejected with, as the product's own error. */
export async function failure(promise: Promise<unknown>): Promise<FirebreakError> {
  const error = await promise.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof FirebreakError) return error;
  throw error;
}

/** The refusals in the ledger, after making sure that nothing was changed and that people were told. */
export async function refusals(world: GateWorld, attempt: Promise<unknown>): Promise<Refusal[]> {
  const error = await failure(attempt);
  expect(world.changes()).toEqual([]);
  const entry = (await world.open()).latest("gate-refused");
  const found = entry?.data.refusals ?? [];
  expect(found.map(({ reason }) => reason)).toContain(error.reason);
  for (const { reason, remedy } of found) {
    expect(error.message).toContain(`[${reason}]`);
    expect(error.remedy).toContain(remedy);
    expect(world.github.comments.join()).toContain(`**${reason}**`);
    expect(world.summaries.join()).toContain(`**${reason}**`);
  }
  return found;
}

/** The reasons for which the gate refuses a scale-down in this world. */
export async function refusedScaleDown(world: GateWorld): Promise<string[]> {
  return (await refusals(world, run(inputs, world.deps()))).map(({ reason }) => reason);
}
