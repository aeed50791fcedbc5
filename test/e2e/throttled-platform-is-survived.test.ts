import { expect, test } from "@jest/globals";
import { changingCalls, drill, filesBelow, readJson } from "../support/drill.ts";

test("a run on a platform that throttles, fails and drops connections ends well, and does everything once", async () => {
  const outcome = await drill("throttled", "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });
  expect(outcome.calls.filter(({ error }) => error !== null).length).toBeGreaterThan(20);

  const changed = changingCalls(outcome.calls, "containment").filter(({ status }) => status === 200);
  expect(new Set(changed.map(({ operation }) => operation))).toEqual(
    new Set(["RegisterScalableTarget", "UpdateService"]),
  );

  const issues = readJson<{ number: number; comments: { body: string }[] }[]>(
    outcome.out,
    "github/issues.json",
  );
  expect(issues.map(({ number }) => number)).toEqual([1, 2]);
  const markers = issues[0]?.comments.map(({ body }) => body.split("\n")[0]) ?? [];
  expect(new Set(markers).size).toBe(markers.length);
  const ledger = filesBelow(`${outcome.out}/evidence/incidents/INC-1/ledger`).sort();
  const keys = ledger.map(
    (file) => readJson<{ key: string }>(outcome.out, "evidence/incidents/INC-1/ledger", file).key,
  );
  expect(new Set(keys).size).toBe(keys.length);
}, 240_000);
