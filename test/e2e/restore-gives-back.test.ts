import { expect, test } from "@jest/globals";
import { changingCalls, drill, filesBelow, readJson } from "../support/drill.ts";

interface State {
  services: { name: string; desired: number; running: number }[];
  autoscaling: {
    resourceId: string;
    minCapacity: number;
    maxCapacity: number;
    suspended: Record<string, boolean>;
  }[];
}

test("restore.yml gives back the desired count first and then the autoscaling, with an approval of its own", async () => {
  const outcome = await drill("restore", "--approve", "oncall-reviewer");
  expect({ code: outcome.code, output: outcome.code === 0 ? "" : outcome.output }).toEqual({
    code: 0,
    output: "",
  });

  expect(
    changingCalls(outcome.calls, "containment").map(({ operation, job }) => `${job} ${operation}`),
  ).toEqual([
    "contain RegisterScalableTarget",
    "contain UpdateService",
    "restore UpdateService",
    "restore RegisterScalableTarget",
  ]);
  const state = readJson<State>(outcome.out, "aws/state.json");
  expect(state.services.find(({ name }) => name === "aiconnectors-servicenow-dev")).toMatchObject({
    desired: 2,
    running: 2,
  });
  expect(state.autoscaling[0]).toMatchObject({ minCapacity: 2, maxCapacity: 6 });
  expect(new Set(Object.values(state.autoscaling[0]?.suspended ?? {}))).toEqual(new Set([false]));

  const { approvals } = readJson<{ approvals: unknown[] }>(outcome.out, "report.json");
  expect(approvals).toHaveLength(2);
  const folder = "evidence/incidents/INC-1/ledger";
  const entries = filesBelow(`${outcome.out}/${folder}`)
    .sort()
    .map((file) => readJson<{ kind: string; data: Record<string, unknown> }>(outcome.out, folder, file));
  expect(String(entries.find(({ kind }) => kind === "restored")?.data.rootCause)).toContain(
    "session token was replayed",
  );
}, 240_000);
