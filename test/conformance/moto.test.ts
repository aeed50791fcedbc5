import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { KNOWN_DIFFERENCES } from "../../drill/conformance/known-differences.ts";
import { startMoto } from "../../drill/conformance/moto.ts";
import { runRow } from "../../drill/conformance/row.ts";
import { ROWS } from "../../drill/conformance/rows.ts";

const executable = process.env.FIREBREAK_MOTO_SERVER ?? "";
const title = "moto behaves as AWS documents, but for the known differences";
const known = new Map(KNOWN_DIFFERENCES.map((difference) => [difference.row, difference]));

test("every known difference is about a row of the suite, and listed once", () => {
  const ids = ROWS.map(({ id }) => id);
  expect(KNOWN_DIFFERENCES.filter(({ row }) => !ids.includes(row))).toEqual([]);
  expect(known.size).toBe(KNOWN_DIFFERENCES.length);
});

if (executable === "") {
  test.skip(`${title} (set FIREBREAK_MOTO_SERVER to the moto_server executable; .ci/run does)`, () => {});
} else {
  describe(title, () => {
    let moto: Awaited<ReturnType<typeof startMoto>>;
    beforeAll(async () => {
      moto = await startMoto(executable);
    });
    afterAll(() => moto.close());

    test.each(ROWS.map((row) => [row.id, row.behaviour, row] as const))(
      "%s: %s",
      async (id, _behaviour, row) => {
        const { observed, conforms } = await runRow(row, moto.world);
        const difference = known.get(id);
        if (!difference) expect(observed).toEqual(row.expected);
        else {
          // Conforming by now: take the difference off the list. Differing otherwise: review it again.
          expect({ conforms, observed }).toEqual({ conforms: false, observed: difference.moto });
        }
      },
    );
  });
}
