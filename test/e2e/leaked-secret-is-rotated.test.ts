import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { runDrill } from "../../drill/drill.ts";
import { loadScenario } from "../../drill/scenario/load.ts";
import { drillFolder, filesBelow, readJson } from "../support/drill.ts";

interface State {
  services: {
    name: string;
    tasks: { id: string; lastStatus: string; startedAt: string; secretVersions: Record<string, number> }[];
  }[];
  parameters: { name: string; versions: { version: number; modifiedAt: string; labels: string[] }[] }[];
}

const PARAMETER = "/aiconnectors/dev/servicenow/azure-client-secret";
const out = drillFolder();
let secrets: readonly string[];
let printed = "";

beforeAll(async () => {
  const result = await runDrill({
    scenario: await loadScenario("client-secret-compromised"),
    root: join(import.meta.dirname, "../.."),
    out,
    onEvent: (event) => {
      printed += `${JSON.stringify(event)}\n`;
    },
  });
  expect(result.report.conclusion).toBe("success");
  secrets = result.secrets;
}, 180_000);

test("every running task was started after the new version, and holds it", () => {
  const state = readJson<State>(out, "aws/state.json");
  const versions = state.parameters.find(({ name }) => name === PARAMETER)?.versions ?? [];
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  const rotatedAt = Date.parse(versions[3]?.modifiedAt ?? "");
  const service = state.services.find(({ name }) => name === "aiconnectors-servicenow-dev");
  const running = service?.tasks.filter(({ lastStatus }) => lastStatus === "RUNNING") ?? [];
  expect(running).toHaveLength(2);
  for (const { startedAt, secretVersions } of running) {
    expect(Date.parse(startedAt)).toBeGreaterThan(rotatedAt);
    expect(secretVersions[PARAMETER]).toBe(4);
  }
});

test("the old version carries the incident's label", () => {
  const state = readJson<State>(out, "aws/state.json");
  const versions = state.parameters.find(({ name }) => name === PARAMETER)?.versions ?? [];
  expect(versions.map(({ labels }) => labels)).toEqual([[], [], ["INC-1-v3"], []]);
});

test("neither the old nor the new secret is anywhere in what the drill left or printed", () => {
  expect(secrets.length).toBeGreaterThanOrEqual(4);
  expect(readFileSync(join(out, "logs/contain.log"), "utf8")).toContain("***");
  const files = filesBelow(out);
  expect(files.length).toBeGreaterThan(100);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(printed).not.toContain(secret);
    for (const file of files) {
      if (readFileSync(join(out, file)).includes(secret)) throw new Error(`a secret stands in ${file}`);
    }
  }
});

test("the ledger says who disabled the old secret, and when", () => {
  const entries = filesBelow(join(out, "evidence/incidents/INC-1/ledger"))
    .sort()
    .map((file) =>
      readJson<{ kind: string; data: Record<string, unknown> }>(out, "evidence/incidents/INC-1/ledger", file),
    );
  expect(entries.find(({ kind }) => kind === "secret-disabled")?.data).toMatchObject({
    by: "oncall-engineer",
    confirmedBy: "oncall-engineer",
  });
  expect(entries.slice(-2).map(({ kind }) => kind)).toEqual(["review-opened", "evidence-verified"]);
  expect(entries.find(({ kind }) => kind === "contained")?.data).toMatchObject({
    details: { previousVersion: 3, newVersion: 4 },
  });
});
