import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ManifestItems } from "../../src/evidence/item-list.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const FOLDER = "incidents/INC-42/captures/7001/audit-logs/";
const HOUR_MS = 3_600_000;

let platform: PreservePlatform;
let prefix: string;
beforeEach(async () => {
  platform = await startPreservePlatform();
  prefix = `servicenow/${new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
});
afterEach(() => platform.close());

function put(
  name: string,
  body: string,
  lastModified = platform.clock.now() - HOUR_MS,
  bucket = target.auditBucket,
) {
  return platform.server.s3.seedObject(bucket, `${prefix}${name}`, body, { lastModified });
}

/** Does something just before the product's call of this name, of this number; of listings, just before today's part. */
async function collect(name: string, meanwhile: (number: number) => void) {
  const source = await platform.source();
  let number = 0;
  const send = async (command: { constructor: { name: string }; input: { Prefix?: string } }) => {
    const { Prefix = prefix } = command.input;
    if (command.constructor.name === `${name}Command` && Prefix === prefix) {
      number += 1;
      meanwhile(number);
    }
    return platform.aws.s3.send(command as never);
  };
  return collectAuditLogs({ ...source, aws: { ...source.aws, s3: { send } as never } });
}

async function bodies(items: ManifestItems): Promise<Record<string, string>> {
  const copies = items.filter(({ method }) => method === "copy");
  return Object.fromEntries(
    await Promise.all(
      copies.map(async ({ key }) => [
        key.slice(FOLDER.length).replace(prefix, ""),
        String(await readObject(platform.vault, key)),
      ]),
    ),
  );
}

describe("an audit bucket that changes while it is copied", () => {
  test("an object written over during the copy: what was listed is copied, what was written is copied and named", async () => {
    put("a.ndjson", "before");
    let over = "";
    const { record, items } = await collect("CopyObject", (number) => {
      if (number === 1) over = put("a.ndjson", "over!!", platform.clock.now()).versionId;
    });
    expect(await bodies(items)).toEqual({ "a.ndjson": "before", [`a.ndjson@${over}`]: "over!!" });
    expect(record).toMatchObject({
      status: "complete",
      gaps: [],
      expected: { versions: 2 },
      collected: { versions: 2, arrivedLater: 0 },
      overwritten: [{ key: `${prefix}a.ndjson`, versionId: over }],
    });
  });

  test("killed right then and started again, each version is under its own key all the same", async () => {
    put("a.ndjson", "before");
    let over = "";
    await expect(
      collect("ListObjectVersions", (number) => {
        if (number === 1) return;
        over = put("a.ndjson", "over!!", platform.clock.now()).versionId;
        throw new Error("killed");
      }),
    ).rejects.toThrow("killed");
    const { record, items } = await collectAuditLogs(await platform.source());
    expect(await bodies(items)).toEqual({ "a.ndjson": "before", [`a.ndjson@${over}`]: "over!!" });
    expect(record.status).toBe("complete");
  });

  test("somebody who writes all the time: two more rounds, and what comes then is named as pending", async () => {
    put("a.ndjson", "0");
    const written: string[] = [];
    const { record, items } = await collect("ListObjectVersions", (number) => {
      if (number > 1) written.push(put("a.ndjson", String(number), platform.clock.now()).versionId);
    });
    expect(written).toHaveLength(3);
    expect(Object.keys(await bodies(items))).toHaveLength(3);
    expect(record.overwritten?.map(({ versionId }) => versionId)).toEqual(written.slice(0, 2));
    expect(record).toMatchObject({
      status: "complete",
      expected: { versions: 4 },
      collected: { versions: 3 },
    });
    expect(record.pending?.[0]?.what).toBe(
      `s3://${target.auditBucket}/${prefix}a.ndjson?versionId=${written[2]}`,
    );
  });

  test("a version that vanishes before it is copied is a gap, by name", async () => {
    put("a.ndjson", "a");
    const gone = put("b.ndjson", "b");
    const { record } = await collect("CopyObject", (number) => {
      if (number === 1)
        platform.server.s3.bucket(target.auditBucket).remove(`${prefix}b.ndjson`, gone.versionId);
    });
    expect(record).toMatchObject({ status: "partial", collected: { versions: 1 } });
    const what = `s3://${target.auditBucket}/${prefix}b.ndjson?versionId=${gone.versionId}`;
    expect(record.gaps.map((gap) => gap.what)).toEqual([what, what]);
    expect(record.gaps[0]?.why).toContain("NoSuchVersion");
  });

  test("without versions, an object written over before its copy is refused by its ETag, then copied as it is now", async () => {
    platform.server.s3.createBucket(target.auditBucket, { versioning: false });
    put("a.ndjson", "before");
    const { record, items } = await collect("CopyObject", (number) => {
      if (number === 1) put("a.ndjson", "over!!", platform.clock.now());
    });
    expect(await bodies(items)).toEqual({ "a.ndjson@null": "over!!" });
    expect(record.status).toBe("partial");
    expect(record.gaps[0]).toMatchObject({ why: expect.stringContaining("PreconditionFailed") });
    expect(record.overwritten).toMatchObject([{ key: `${prefix}a.ndjson`, versionId: "null" }]);
  });
});

describe("a key layout that leads to nothing", () => {
  const seed = (key: string, ago: number) =>
    platform.server.s3.seedObject(target.auditBucket, key, key, { lastModified: platform.clock.now() - ago });

  test("what was written in the window is found by listing, and the manifest says so", async () => {
    seed("servicenow/dt=2026-11-21/a.ndjson", HOUR_MS);
    seed("servicenow/dt=2026-11-21/b.ndjson", 2 * HOUR_MS);
    seed("servicenow/dt=2026-11-01/old.ndjson", 480 * HOUR_MS);
    seed("sharepoint/dt=2026-11-21/another.ndjson", HOUR_MS);
    const { record, items } = await collectAuditLogs(await platform.source());
    expect(items.filter(({ method }) => method === "copy").map(({ origin }) => origin.uri)).toEqual([
      `s3://${target.auditBucket}/servicenow/dt=2026-11-21/a.ndjson`,
      `s3://${target.auditBucket}/servicenow/dt=2026-11-21/b.ndjson`,
    ]);
    expect(record).toMatchObject({
      status: "complete",
      expected: {
        versions: 2,
        layout:
          "fallback: no key matches servicenow/{yyyy}/{MM}/{dd}/, so everything below servicenow/ that was written in the window",
      },
      collected: { versions: 2 },
    });
    expect(platform.printed.join("\n")).toContain("lies where the runbook's audit_log_layout says");
  });

  test("an mcp that has logged nothing at all has no fallback to tell of", async () => {
    const { record } = await collectAuditLogs(await platform.source());
    expect(record).toMatchObject({ status: "complete", expected: { versions: 0 } });
    expect(record.expected.layout).toBeUndefined();
  });

  test("with objects where the layout says, nothing else is listed", async () => {
    put("a.ndjson", "a");
    seed("servicenow/dt=2026-11-21/b.ndjson", HOUR_MS);
    const { record } = await collectAuditLogs(await platform.source());
    expect(record).toMatchObject({ expected: { versions: 1 }, collected: { versions: 1 } });
  });
});
