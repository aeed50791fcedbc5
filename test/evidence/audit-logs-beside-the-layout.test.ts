import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SourceContext } from "../../src/evidence/context.ts";
import { captureFolder, type SealedCapture } from "../../src/evidence/manifest.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const HOUR_MS = 3_600_000;
const BUCKET = `s3://${target.auditBucket}/`;

let platform: PreservePlatform;
let first: SourceContext;
let day: string;
beforeEach(async () => {
  platform = await startPreservePlatform();
  first = await platform.source();
  day = `servicenow/${first.window.to.toISOString().slice(0, 10).replaceAll("-", "/")}/`;
  put(`${day}a.ndjson`);
});
afterEach(() => platform.close());

function put(key: string, hoursBefore = 1) {
  const lastModified = first.window.to.getTime() - hoursBefore * HOUR_MS;
  return platform.server.s3.seedObject(target.auditBucket, key, key, { lastModified });
}

async function gaps(context = first) {
  const { record } = await collectAuditLogs(context);
  return record.gaps.map(({ what, why }) => `${what}: ${why.split(",")[0]}`);
}

const here = (count: number) => `${count} versions or delete markers of the window lie here`;

describe("objects of the window that the key layout does not lead to", () => {
  test("are gaps by the folder, on every level of the layout", async () => {
    put("servicenow/v2/dt=today/b.ndjson");
    put("servicenow/v2/dt=today/c.ndjson");
    put(`servicenow/${day.slice(11, 15)}/quarter-4/d.ndjson`);
    put("servicenow/loose.ndjson");
    expect((await gaps()).sort()).toEqual([
      `${BUCKET}servicenow/${day.slice(11, 15)}/quarter-4/: ${here(1)}`,
      `${BUCKET}servicenow/: ${here(1)}`,
      `${BUCKET}servicenow/v2/: ${here(2)}`,
    ]);
  });

  test("are none where nothing of the window lies, on other days of the layout, and in another service's folder", async () => {
    put("servicenow/v1/old.ndjson", 24 * 365);
    put("servicenow/2019/01/01/a.ndjson");
    put("other/b.ndjson");
    const { record } = await collectAuditLogs(first);
    expect(record).toMatchObject({ status: "complete", gaps: [] });
    expect(record.expected.counted).toMatch(
      new RegExp(`; and what lies beside the key layout below ${BUCKET}servicenow/$`),
    );
  });

  test("a folder of many thousands is looked at as far as ten pages go, and the manifest says so", async () => {
    const inner = first.aws.s3;
    let pages = 0;
    const send = async (command: { input: { Prefix?: string } }) => {
      if (command.input.Prefix !== "servicenow/v0/") return inner.send(command as never);
      pages += 1;
      return { Versions: [], IsTruncated: true, NextKeyMarker: `servicenow/v0/${pages}` };
    };
    put("servicenow/v0/old.ndjson", 24 * 365);
    const { record } = await collectAuditLogs({ ...first, aws: { ...first.aws, s3: { send } as never } });
    expect(pages).toBe(10);
    expect(record.expected.counted).toContain(
      `, but for ${BUCKET}servicenow/v0/ (beyond its first 10 pages)`,
    );
  });

  test("stay gaps when they are there no more", async () => {
    const gone = put("servicenow/v2/b.ndjson");
    const captured = await collectAuditLogs(first);
    platform.server.s3.bucket(target.auditBucket).remove("servicenow/v2/b.ndjson", gone.versionId);
    const manifest = { items: [...captured.items], sources: [captured.record] };
    const earlier = [{ capture: "7001", manifest }] as unknown as SealedCapture[];
    const folder = captureFolder("INC-42", "7002");
    expect(await gaps({ ...first, earlier, capture: "7002", folder, present: new Set() })).toEqual([
      `${BUCKET}servicenow/v2/: ${here(1)}`,
    ]);
  });

  test("are said not to have been looked for when they could not be listed", async () => {
    const inner = first.aws.s3;
    const send = async (command: { input: { Delimiter?: string } }) => {
      if (command.input.Delimiter === undefined) return inner.send(command as never);
      throw Object.assign(new Error("not allowed"), { name: "AccessDenied" });
    };
    const { record } = await collectAuditLogs({ ...first, aws: { ...first.aws, s3: { send } as never } });
    expect(record).toMatchObject({
      status: "partial",
      gaps: [{ what: `the folders below ${BUCKET}servicenow/` }],
    });
  });
});
