import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { preserve } from "../../src/evidence/capture.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { S3Store } from "../../src/verify/s3-store.ts";
import { verify } from "../../src/verify/verify.ts";
import {
  ACCOUNT,
  INCIDENT,
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ speed: 500 });
});
afterEach(() => platform.close());

test.each([
  ["the bucket's retention", undefined],
  ["the runbook's retention", { mode: "COMPLIANCE", days: 30, legal_hold: true }],
] as const)(
  "a capture that S3 Batch Operations filled is sealed, and verifies in the bucket, with %s",
  async (_name, retention) => {
    const role = `arn:aws:iam::${ACCOUNT}:role/batch-copy`;
    platform.server.sts.trust({
      roleArn: role,
      audience: "sts.amazonaws.com",
      subjects: [],
      services: ["batchoperations.s3.amazonaws.com"],
    });
    const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    for (let index = 0; index < 30; index += 1)
      platform.server.s3.seedObject(
        target.auditBucket,
        `servicenow/${day}/${index}.ndjson`,
        `record ${index}\n`,
        {
          lastModified: platform.clock.now() - HOUR_MS,
        },
      );
    const batching: Runbook = {
      ...runbook,
      evidence: {
        ...runbook.evidence,
        collect: ["audit-logs"],
        batch_copy: { above_objects: 20, role },
        ...(retention ? { retention } : {}),
      },
    };
    await platform.declare();
    const record = await IncidentRecord.open(platform.deps(), batching, "dev", INCIDENT);
    const { manifest } = await preserve(platform.deps(), record, ["audit-logs"]);
    expect(manifest).toMatchObject({ complete: true, sources: [{ batch: { objects: 30, failed: 0 } }] });
    // 30 objects, the policy, the job's manifest and description, the report's two files.
    expect(manifest.items.filter(({ source }) => source === "audit-logs")).toHaveLength(35);

    // The clients live in simulated time, and so does the retention.
    const now = () => new Date(platform.clock.now());
    const store = new S3Store(platform.aws.s3, platform.vault.bucket, now);
    const report = await verify(store, "vault", ["INC-42"], now());
    const [incident] = report.incidents;
    expect(incident?.problems).toEqual([]);
    expect(incident?.unchecked).toEqual([]);

    if (!retention) return;
    const vault = platform.server.s3.bucket(target.vault);
    for (const { key } of manifest.items.filter(({ method }) => method === "copy"))
      expect(vault.current(key)).toMatchObject({ legalHold: true, retention: { mode: "COMPLIANCE" } });
  },
  30_000,
);
