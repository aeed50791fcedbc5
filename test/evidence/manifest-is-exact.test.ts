import { describe, expect, test } from "@jest/globals";
import { type Manifest, manifestSchema } from "../../src/evidence/manifest.ts";
import { manifestBytes } from "../../src/evidence/manifest-bytes.ts";

const DIGEST = "0".repeat(64);
const AT = "2026-11-21T03:00:00.000Z";

function manifest(items: number): Manifest {
  return {
    schema: "firebreak/manifest/v1",
    incident: "INC-42",
    capture: "7001",
    environment: "dev",
    mcp: "servicenow",
    window: { from: AT, to: AT },
    startedAt: AT,
    sealedAt: AT,
    run: {
      id: 1,
      attempt: 1,
      repository: "acme/platform",
      workflow: "Incident",
      job: "preserve",
      actor: "oncall",
    },
    label: { key: "label.json", versionId: null, sha256: DIGEST },
    ledgerHead: DIGEST,
    complete: true,
    sources: [],
    items: Array.from({ length: items }, (_, index) => ({
      source: "audit-logs",
      key: `key "${index}"\n`,
      versionId: "v1",
      size: index,
      sha256: DIGEST,
      method: "copy" as const,
      collectedAt: AT,
      origin: { uri: `s3://audit/${index}` },
    })),
  };
}

describe("a manifest's bytes", () => {
  test.each([0, 1, 999, 1000, 1001, 2500])(
    "with %i items say exactly what was sealed, one line an item",
    (items) => {
      const bytes = Buffer.concat([...manifestBytes(manifest(items))]).toString();
      expect(manifestSchema.parse(JSON.parse(bytes))).toEqual(manifest(items));
      expect(bytes.split("\n").filter((line) => line.startsWith('    {"source"'))).toHaveLength(items);
    },
  );

  test("what is no manifest is not written", () => {
    expect(() => [...manifestBytes({ ...manifest(1), ledgerHead: "" })]).toThrow("ledgerHead");
  });
});
