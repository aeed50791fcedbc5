import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, test } from "@jest/globals";
import { maskEmailAddresses } from "../../drill/aws/logs/protection.ts";
import { abortLeftovers } from "../../src/evidence/leftovers.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { collectTrail } from "../../src/evidence/sources/cloudtrail.ts";
import { collectLogs } from "../../src/evidence/sources/cloudwatch-logs.ts";
import { keepCalls } from "../support/call-logs.ts";
import { adding, sealedLogs } from "../support/log-captures.ts";
import {
  ACCOUNT,
  type PreservePlatform,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";
import { AROUND, stacks } from "../support/stacks.ts";

/** What no drill has an occasion for, with the policies of infra/ enforced: evidence is still collected. */

const HOUR_MS = 3_600_000;
const TRAIL_BUCKET = AROUND.trailBucket ?? "";
let platform: PreservePlatform;
afterEach(async () => {
  keepCalls(platform.calls.toNdjson());
  await platform.close();
});

async function start(options: Parameters<typeof startPreservePlatform>[0] = {}): Promise<void> {
  platform = await startPreservePlatform(options);
  platform.server.access.enforce((await stacks()).roles.values());
}

const needed = () =>
  platform.calls
    .all()
    .flatMap(({ needs = [] }) => needs.map(({ action, resource }) => `${action} ${resource}`));
const refused = () => platform.calls.all().filter(({ error }) => error?.startsWith("AccessDenied"));

function fillAudit(objects: number): void {
  const now = platform.clock.now();
  const day = new Date(now - HOUR_MS).toISOString().slice(0, 10).replaceAll("-", "/");
  for (let index = 0; index < objects; index += 1) {
    const key = `servicenow/${day}/${index}.ndjson`;
    platform.server.s3.seedObject(target.auditBucket, key, "record\n", { lastModified: now - HOUR_MS });
  }
}

describe("a role of infra/roles.yml may do what is rarely needed", () => {
  test("a masked log group without an export is read, and counted again", async () => {
    await start({ logGroup: { masking: maskEmailAddresses(0) } });
    const events = [{ timestamp: platform.clock.now() - 600_000, message: "login of anna@example.com" }];
    platform.logs.store.seedStream({ group: target.logGroup, name: "ecs/app/1", events });
    const first = { ...(await platform.source()), target: { ...target, logExportBucket: null } };
    const sealed = sealedLogs(first, await collectLogs(first));
    const { record } = await collectLogs(adding(first, [sealed], { hours: 3 }));
    expect(record).toMatchObject({ gaps: [], collected: { recountedEvents: 1 } });
    const group = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:${target.logGroup}:log-stream:`;
    expect(needed()).toEqual(
      expect.arrayContaining([`logs:FilterLogEvents ${group}`, `logs:GetDataProtectionPolicy ${group}`]),
    );
    expect(refused()).toEqual([]);
  });

  test("an audit bucket without versions is copied", async () => {
    await start();
    platform.server.s3.createBucket(target.auditBucket, { versioning: false });
    fillAudit(3);
    const { record } = await collectAuditLogs(await platform.source());
    expect(record.gaps).toEqual([]);
    const reads = needed().filter((one) => one.endsWith(".ndjson") && one.startsWith("s3:GetObjectVersion "));
    expect(reads).toHaveLength(3);
    expect(refused()).toEqual([]);
  });

  test("an organization's trail in a bucket without versions is found and read", async () => {
    await start({ speed: 100 });
    const { cloudtrail, s3 } = platform.server;
    for (const other of cloudtrail.trails()) cloudtrail.removeTrail(other);
    s3.createBucket(TRAIL_BUCKET, { versioning: false });
    cloudtrail.createTrail({
      name: target.trail ?? "",
      bucket: TRAIL_BUCKET,
      organizationId: "o-exampleorgid",
      since: platform.clock.now() - 26 * HOUR_MS,
    });
    cloudtrail.seed({
      eventName: "PutParameter",
      eventTime: platform.clock.now() - 2 * HOUR_MS,
      eventSource: "ssm.amazonaws.com",
      username: "someone",
    });
    const { items } = await collectTrail(await platform.source());
    expect(items.some(({ key }) => key.includes("o-exampleorgid"))).toBe(true);
    expect(needed()).toContain(`s3:ListBucket arn:aws:s3:::${TRAIL_BUCKET}`);
    expect(needed().some((one) => one.startsWith(`s3:GetObject arn:aws:s3:::${TRAIL_BUCKET}/`))).toBe(true);
    expect(refused()).toEqual([]);
  });

  test("an upload that a killed run left behind is aborted", async () => {
    await start();
    const { clock, folder } = await platform.source();
    const upload = { Bucket: target.vault, Key: `${folder}cloudwatch-logs/a.ndjson.gz` };
    await platform.aws.s3.send(new CreateMultipartUploadCommand(upload));
    expect(await abortLeftovers(platform.vault, clock, folder)).toBe(1);
    expect(needed()).toContain(`s3:AbortMultipartUpload arn:aws:s3:::${upload.Bucket}/${upload.Key}`);
    expect(refused()).toEqual([]);
  });

  test("a batch job in which nothing moves is cancelled", async () => {
    const stall = { service: "s3batch", operation: "CopyObject", kind: "slow", rate: 1, call: 2 } as const;
    await start({ faults: [{ ...stall, delayMs: (5 / 6) * HOUR_MS }], speed: 2000 });
    const role = (await stacks()).role("batch-copy").arn;
    platform.server.sts.trust({
      roleArn: role,
      audience: "sts.amazonaws.com",
      subjects: [],
      services: ["batchoperations.s3.amazonaws.com"],
    });
    fillAudit(4);
    const context = await platform.source();
    const batchCopy = { aboveObjects: 2, role };
    const { record } = await collectAuditLogs({ ...context, target: { ...context.target, batchCopy } });
    expect(record.gaps).toEqual([]);
    expect(needed().some((one) => one.startsWith("s3:UpdateJobStatus "))).toBe(true);
    expect(refused()).toEqual([]);
  });
});
