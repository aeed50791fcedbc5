import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Collected, SourceContext } from "../../src/evidence/context.ts";
import type { SealedCapture } from "../../src/evidence/manifest.ts";
import { captureFolder } from "../../src/evidence/manifest.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let platform: PreservePlatform;
let prefix: string;
beforeEach(async () => {
  platform = await startPreservePlatform();
  prefix = `servicenow/${new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
});
afterEach(() => platform.close());

function put(name: string, body: string, lastModified: number) {
  return platform.server.s3.seedObject(target.auditBucket, `${prefix}${name}`, body, { lastModified });
}

/** What the next capture is given: a folder of its own, the first one's window, and what was sealed before. */
function supplement(first: SourceContext, earlier: Collected[], now: Date): SourceContext {
  const capture = `700${earlier.length + 1}`;
  const sealed = earlier.map(({ record, items }, index) => ({
    capture: `700${index + 1}`,
    manifest: { items: [...items], sources: [record] },
  })) as unknown as SealedCapture[];
  return {
    ...first,
    capture,
    folder: captureFolder(first.incident, capture),
    present: new Set(),
    earlier: sealed,
    clock: { ...first.clock, now: () => now },
  };
}

const names = ({ items }: Collected) =>
  items.map(({ key }) => key.slice(captureFolder("INC-42", "7001").length).replace(prefix, ""));

describe("a supplementary capture of the audit logs", () => {
  test("has the versions and delete markers that the earlier ones lack, and with the last of them the source is final", async () => {
    const first = await platform.source();
    const end = first.window.to.getTime();
    put("a.ndjson", "a", end - 2 * HOUR_MS);
    put("b.ndjson", "b", end - HOUR_MS);
    const captured = await collectAuditLogs(first);
    expect(captured.record).toMatchObject({
      status: "complete",
      pending: [
        {
          what: `objects below s3://${target.auditBucket}/${prefix} that hold what was logged up to ${first.window.to.toISOString()}`,
          expectedBy: new Date(end + HOUR_MS).toISOString(),
        },
      ],
    });

    put("late.ndjson", "delivered late", end + 20 * MINUTE_MS);
    put("next.ndjson", "of the next window", end + 2 * HOUR_MS);
    const tampered = put("b.ndjson", "tampered", end + 3 * HOUR_MS);
    await platform.aws.s3.send(
      new DeleteObjectCommand({ Bucket: target.auditBucket, Key: `${prefix}a.ndjson` }),
    );
    const second = await collectAuditLogs(supplement(first, [captured], new Date(end + 4 * HOUR_MS)));
    expect(names(second)).toEqual(["audit-logs/b.ndjson", "audit-logs/late.ndjson"]);
    const [over] = second.items.filter(({ origin }) => origin.versionId === tampered.versionId);
    expect(String(await readObject(platform.vault, over?.key ?? ""))).toBe("tampered");
    expect(second.record).toMatchObject({
      status: "complete",
      expected: { versions: 4 },
      collected: { versions: 4, deleteMarkers: 1, arrivedLater: 1 },
      gaps: [],
      deleteMarkers: [{ key: `${prefix}a.ndjson` }],
    });
    expect(second.record.pending).toBeUndefined();

    const third = await collectAuditLogs(supplement(first, [captured, second], new Date(end + 5 * HOUR_MS)));
    expect(third.items).toHaveLength(0);
    expect(third.record).toMatchObject({
      status: "complete",
      expected: { versions: 4 },
      collected: { versions: 4 },
      deleteMarkers: [],
    });
  });

  test("before the delivery is over it says so again; the runbook says how long that takes", async () => {
    const first = await platform.source();
    const end = first.window.to.getTime();
    put("a.ndjson", "a", end - HOUR_MS);
    const runbook = {
      ...first.runbook,
      evidence: { ...first.runbook.evidence, settle_hours: { "audit-logs": 6 } },
    };
    const slow = { ...first, runbook };
    const captured = await collectAuditLogs(slow);
    put("late.ndjson", "delivered late", end + 5 * HOUR_MS);
    const second = await collectAuditLogs(supplement(slow, [captured], new Date(end + 5.5 * HOUR_MS)));
    expect(names(second)).toEqual(["audit-logs/late.ndjson"]);
    expect(second.record.pending).toMatchObject([{ expectedBy: new Date(end + 6 * HOUR_MS).toISOString() }]);
  });

  test("makes up for what the first one could not copy", async () => {
    const first = await platform.source();
    put("a.ndjson", "a", first.window.to.getTime() - HOUR_MS);
    put("b.ndjson", "b", first.window.to.getTime() - HOUR_MS);
    const send = async (command: { constructor: { name: string }; input: { Key?: string } }) => {
      const refused =
        command.constructor.name === "GetBucketPolicyCommand" ||
        (command.constructor.name === "CopyObjectCommand" && command.input.Key?.endsWith("b.ndjson"));
      if (refused) throw Object.assign(new Error("not allowed"), { name: "AccessDenied" });
      return platform.aws.s3.send(command as never);
    };
    const captured = await collectAuditLogs({ ...first, aws: { ...first.aws, s3: { send } as never } });
    expect(captured.record).toMatchObject({ status: "partial", collected: { versions: 1 } });
    const second = await collectAuditLogs(supplement(first, [captured], first.clock.now()));
    expect(names(second)).toEqual(["audit-logs/b.ndjson", "s3/audit-bucket-policy.json"]);
    expect(second.record).toMatchObject({ status: "complete", gaps: [], collected: { versions: 2 } });
  });

  test("a version that was listed and is gone before it was copied stays a gap for good", async () => {
    const first = await platform.source();
    put("a.ndjson", "a", first.window.to.getTime() - HOUR_MS);
    const gone = put("b.ndjson", "b", first.window.to.getTime() - HOUR_MS);
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "CopyObjectCommand")
        platform.server.s3.bucket(target.auditBucket).remove(`${prefix}b.ndjson`, gone.versionId);
      return platform.aws.s3.send(command as never);
    };
    const captured = await collectAuditLogs({ ...first, aws: { ...first.aws, s3: { send } as never } });
    const what = `s3://${target.auditBucket}/${prefix}b.ndjson?versionId=${gone.versionId}`;
    expect(captured.record.gaps).toMatchObject([{ what }, { what }]);
    const later = new Date(first.window.to.getTime() + 3 * HOUR_MS);
    const second = await collectAuditLogs(supplement(first, [captured], later));
    const third = await collectAuditLogs(supplement(first, [captured, second], later));
    for (const { record } of [second, third])
      expect(record).toMatchObject({ status: "partial", gaps: [{ what }] });
  });

  test("a version that appeared too late to be copied and is gone since is a gap", async () => {
    const first = await platform.source();
    put("a.ndjson", "a", first.window.to.getTime() - HOUR_MS);
    const captured = await collectAuditLogs(first);
    const what = `s3://${target.auditBucket}/${prefix}b.ndjson?versionId=v1`;
    const pending = [{ what, why: "it appeared", expectedBy: first.window.to.toISOString() }];
    const before = { ...captured, record: { ...captured.record, pending } };
    const later = new Date(first.window.to.getTime() + 3 * HOUR_MS);
    const { record } = await collectAuditLogs(supplement(first, [before], later));
    expect(record).toMatchObject({ status: "partial", gaps: [{ what }] });
  });

  test("goes on by the time of writing when the first one did, whatever lies where the layout says by now", async () => {
    const first = await platform.source();
    const end = first.window.to.getTime();
    const seed = (key: string, lastModified: number) =>
      platform.server.s3.seedObject(target.auditBucket, key, key, { lastModified });
    seed("servicenow/dt=today/a.ndjson", end - HOUR_MS);
    const captured = await collectAuditLogs(first);
    put("c.ndjson", "c", end - 1000);
    seed("servicenow/dt=today/late.ndjson", end + MINUTE_MS);
    const second = await collectAuditLogs(supplement(first, [captured], new Date(end + 2 * HOUR_MS)));
    expect(names(second).sort()).toEqual([
      "audit-logs/c.ndjson",
      "audit-logs/servicenow/dt=today/late.ndjson",
    ]);
    expect(second.record).toMatchObject({ status: "complete", collected: { versions: 3 } });
  });

  test("has what was delivered after midnight for a window that ended before it", async () => {
    const source = await platform.source();
    const midnight = Math.floor(platform.clock.now() / (24 * HOUR_MS)) * 24 * HOUR_MS;
    const end = midnight - MINUTE_MS;
    const window = { from: new Date(end - HOUR_MS), to: new Date(end) };
    const day = (at: number) => `servicenow/${new Date(at).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
    const seed = (key: string, lastModified: number) =>
      platform.server.s3.seedObject(target.auditBucket, key, key, { lastModified });
    seed(`${day(end)}a.ndjson`, end - MINUTE_MS);
    const clock = { ...source.clock, now: () => new Date(end) };
    const first = { ...source, window, clock };
    const captured = await collectAuditLogs(first);
    expect(captured.record.pending).toMatchObject([{ what: expect.stringContaining(day(midnight)) }]);
    seed(`${day(midnight)}b.ndjson`, midnight + MINUTE_MS);
    seed(`${day(midnight)}next.ndjson`, midnight + 2 * HOUR_MS);
    const second = await collectAuditLogs(supplement(first, [captured], new Date(midnight + 3 * HOUR_MS)));
    expect([...second.items].map(({ origin }) => origin.uri)).toEqual([
      `s3://${target.auditBucket}/${day(midnight)}b.ndjson`,
    ]);
    expect(second.record).toMatchObject({ status: "complete", gaps: [], expected: { versions: 2 } });
  });
});
