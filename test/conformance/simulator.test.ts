import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runRow } from "../../drill/conformance/row.ts";
import { ROWS } from "../../drill/conformance/rows.ts";
import { startSimulator } from "../../drill/conformance/simulator.ts";

let simulator: Awaited<ReturnType<typeof startSimulator>>;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

test("every row has an id of its own and cites an AWS page", () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  expect(ROWS.filter(({ page }) => !page.startsWith("https://docs.aws.amazon.com/"))).toEqual([]);
});

describe("the simulator behaves as AWS documents", () => {
  test.each(ROWS.map((row) => [row.id, row.behaviour, row] as const))(
    "%s: %s",
    async (_id, _behaviour, row) => {
      const { observed } = await runRow(row, simulator.world);
      expect(observed).toEqual(row.expected);
    },
  );
});
