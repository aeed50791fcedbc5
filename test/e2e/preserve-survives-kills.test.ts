import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRandom } from "../../drill/random.ts";
import { type Bench, startBench } from "../support/bundle.ts";
import { filesBelow, readJson, sha256File } from "../support/drill.ts";

const KILLS = 10;
const VAULT = "nn-aiconnectors-vault-dev";

interface Manifest {
  complete: boolean;
  items: { key: string; sha256: string }[];
}

let bench: Bench;
let incident: string;

beforeAll(async () => {
  bench = await startBench();
  const declared = await bench.job("declare", "evidence").start("open-incident", {
    severity: "High",
    type: "service-outage",
    mcp: "servicenow",
    summary: "5xx on every call",
  });
  expect([declared.code, declared.outputs.incident]).toEqual([0, "1"]);
  incident = declared.outputs.incident ?? "";
}, 120_000);

afterAll(() => bench.close());

describe(`preserve, killed at ${KILLS} random calls`, () => {
  test("ends in one sealed capture with every item once", async () => {
    const preserve = bench.job("preserve", "evidence");
    const random = createRandom(20261121);
    let killed = 0;
    for (let round = 0; round < KILLS; round += 1) {
      // Killed right before or after an API call of its own, so that every round dies somewhere else.
      let left = 3 + Math.floor(random.next() * 110);
      let kill = () => {};
      const stop = bench.platform.calls.onCall((call) => {
        left -= call.job === "preserve" ? 1 : 0;
        if (left === 0) kill();
      });
      const { signal } = await preserve.start(
        "preserve",
        { incident },
        {
          onStart: (killChild) => {
            kill = killChild;
          },
        },
      );
      stop();
      if (signal === "SIGKILL") killed += 1;
    }
    expect(killed).toBeGreaterThanOrEqual(5);

    const last = await preserve.start("preserve", { incident });
    expect({ code: last.code, output: last.code === 0 ? "" : last.output }).toEqual({ code: 0, output: "" });
    expect(last.outputs.complete).toBe("true");

    const folder = join(mkdtempSync(join(tmpdir(), "firebreak-vault-")), "vault");
    await bench.platform.aws.s3.exportTo(VAULT, folder);
    const captures = readdirSync(join(folder, "incidents/INC-1/captures"));
    expect(captures).toEqual([String(bench.run.id)]);
    const capture = join(folder, "incidents/INC-1/captures", captures[0] ?? "");
    const manifest = readJson<Manifest>(capture, "manifest.json");
    const keys = manifest.items.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(100);
    for (const { key, sha256 } of manifest.items)
      expect([key, sha256File(folder, key)]).toEqual([key, sha256]);
    const onDisk = filesBelow(capture).map((file) => `incidents/INC-1/captures/${captures[0]}/${file}`);
    expect(
      onDisk.filter(
        (key) => !keys.includes(key) && !/\/(label\.json|manifest\.(json|dsse\.json|pub\.pem))$/.test(key),
      ),
    ).toEqual([]);

    const entries = readdirSync(join(folder, "incidents/INC-1/ledger")).map((name) =>
      String(JSON.parse(readFileSync(join(folder, "incidents/INC-1/ledger", name), "utf8")).kind),
    );
    expect(entries.filter((kind) => kind === "capture-sealed")).toHaveLength(1);
    const versions = bench.platform.calls
      .all()
      .filter(
        ({ operation, resource, status }) =>
          operation === "PutObject" && resource.endsWith("/manifest.json") && status === 200,
      );
    expect(versions).toHaveLength(1);
  }, 300_000);
});
