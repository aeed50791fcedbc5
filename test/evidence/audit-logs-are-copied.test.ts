import { DeleteObjectCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ManifestItems } from "../../src/evidence/item-list.ts";
import { collectAuditLogs } from "../../src/evidence/sources/audit-logs.ts";
import { auditPrefixes } from "../../src/evidence/sources/audit-prefixes.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { listKeys, readObject } from "../../src/vault/vault.ts";
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

function put(key: string, body: string, lastModified = platform.clock.now() - HOUR_MS) {
  return platform.server.s3.seedObject(target.auditBucket, key, body, { lastModified });
}

/** The audit objects of a collection, without the bucket's policy. */
const copied = ({ items }: { items: ManifestItems }) => items.filter(({ method }) => method === "copy");
const copies = () => platform.operations("s3").filter((operation) => operation === "CopyObject").length;

describe("the source audit-logs", () => {
  test("copies every object inside S3, with the SHA-256 that S3 computed, and reads none", async () => {
    for (let index = 0; index < 60; index += 1) put(`${prefix}${index}.ndjson`, `record ${index}\n`);
    put("servicenow/2020/01/01/old.ndjson", "too old");
    put(prefix.replace("servicenow", "sharepoint"), "another mcp");
    const { record, items } = await collectAuditLogs(await platform.source());
    expect(copied({ items })).toHaveLength(60);
    for (const item of copied({ items })) {
      const body = await readObject(platform.vault, item.key);
      expect(item).toMatchObject({ sha256: sha256(body ?? ""), size: body?.byteLength, method: "copy" });
      expect(item.origin).toMatchObject({
        uri: `s3://${target.auditBucket}/${item.key.slice(FOLDER.length)}`,
      });
    }
    expect(record).toMatchObject({
      status: "complete",
      expected: { versions: 60 },
      collected: { versions: 60, arrivedLater: 0 },
    });
    const fromAudit = platform.server.s3.bytesOut().filter(({ bucket }) => bucket === target.auditBucket);
    expect(fromAudit).toEqual([]);
  });

  test("old versions come along under their version id, delete markers by name", async () => {
    const first = put(`${prefix}a.ndjson`, "before tampering");
    put(`${prefix}a.ndjson`, "after tampering");
    const deleted = put(`${prefix}b.ndjson`, "deleted");
    await platform.aws.s3.send(
      new DeleteObjectCommand({ Bucket: target.auditBucket, Key: `${prefix}b.ndjson` }),
    );
    const { record, items } = await collectAuditLogs(await platform.source());
    const bodies = await Promise.all(
      copied({ items }).map(async ({ key }) => [
        key.slice(FOLDER.length),
        String(await readObject(platform.vault, key)),
      ]),
    );
    expect(Object.fromEntries(bodies)).toEqual({
      [`${prefix}a.ndjson`]: "after tampering",
      [`${prefix}a.ndjson@${first.versionId}`]: "before tampering",
      [`${prefix}b.ndjson@${deleted.versionId}`]: "deleted",
    });
    expect(record.deleteMarkers).toMatchObject([{ key: `${prefix}b.ndjson` }]);
    expect(record.status).toBe("complete");
  });

  test("keys chosen by an attacker are copied, and none leaves the folder", async () => {
    const names = [
      `${prefix}../../../../label.json`,
      `${prefix}a b+c&d=ü.ndjson`,
      `${prefix}//x`,
      `${prefix}\u0001%2e?versionId=1`,
    ];
    for (const name of names) put(name, name);
    const { record, items } = await collectAuditLogs(await platform.source());
    expect(record.gaps).toEqual([]);
    expect(
      copied({ items })
        .map(({ origin }) => origin.uri)
        .sort(),
    ).toEqual(names.map((name) => `s3://${target.auditBucket}/${name}`).sort());
    for (const { key } of copied({ items })) {
      expect(key.startsWith(`${FOLDER}${prefix}`)).toBe(true);
      expect(key.split("/")).not.toContain("..");
    }
  });

  test("a run that continues another copies only what is missing", async () => {
    for (let index = 0; index < 30; index += 1) put(`${prefix}${index}.ndjson`, `record ${index}\n`);
    const first = await collectAuditLogs(await platform.source());
    expect(copies()).toBe(30);
    put(`${prefix}new.ndjson`, "new");
    const second = await collectAuditLogs(await platform.source());
    expect(copies()).toBe(31);
    const digests = (items: typeof first.items) =>
      Object.fromEntries(items.map(({ key, sha256: digest, versionId }) => [key, [digest, versionId]]));
    expect(digests(second.items)).toMatchObject(digests(first.items));
    expect(copied(second)).toHaveLength(31);
  });

  test("an object overwritten between two runs: both versions are in the evidence, each under its own key", async () => {
    put(`${prefix}a.ndjson`, "first", platform.clock.now() - HOUR_MS);
    await collectAuditLogs(await platform.source());
    const second = put(`${prefix}a.ndjson`, "other", platform.clock.now() + HOUR_MS);
    const { items, record } = await collectAuditLogs({
      ...(await platform.source()),
      window: { from: new Date(platform.clock.now()), to: new Date(platform.clock.now()) },
    });
    const bodies = await Promise.all(
      copied({ items }).map(async ({ key }) => [
        key.slice(FOLDER.length),
        String(await readObject(platform.vault, key)),
      ]),
    );
    expect(Object.fromEntries(bodies)).toEqual({
      [`${prefix}a.ndjson`]: "first",
      [`${prefix}a.ndjson@${second.versionId}`]: "other",
    });
    expect(record.gaps).toEqual([]);
    expect(await listKeys(platform.vault, FOLDER)).toHaveLength(2);
  });

  test("what appears while copying is copied too, what comes after the window is only counted", async () => {
    put(`${prefix}a.ndjson`, "a");
    const source = await platform.source();
    const s3 = platform.aws.s3;
    let listings = 0;
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "ListObjectVersionsCommand") {
        listings += 1;
        if (listings === 3) {
          put(`${prefix}late.ndjson`, "came after the window", platform.clock.now() + HOUR_MS);
          put(`${prefix}missed.ndjson`, "was there before", platform.clock.now() - 2 * HOUR_MS);
        }
      }
      return s3.send(command as never);
    };
    const { record, items } = await collectAuditLogs({
      ...source,
      aws: { ...source.aws, s3: { send } as never },
    });
    expect(record).toMatchObject({
      status: "complete",
      expected: { versions: 2 },
      collected: { versions: 2, arrivedLater: 1 },
      gaps: [],
    });
    expect(record.overwritten).toBeUndefined();
    expect(copied({ items }).map(({ key }) => key.slice(FOLDER.length))).toEqual([
      `${prefix}a.ndjson`,
      `${prefix}missed.ndjson`,
    ]);
  });

  test("one object that cannot be copied leaves the others whole", async () => {
    for (const name of ["a", "b", "c"]) put(`${prefix}${name}`, name);
    const source = await platform.source();
    const send = async (command: { constructor: { name: string }; input: { Key?: string } }) => {
      if (command.constructor.name === "CopyObjectCommand" && command.input.Key?.endsWith("b")) {
        throw Object.assign(new Error("in Glacier"), { name: "InvalidObjectState" });
      }
      return platform.aws.s3.send(command as never);
    };
    const { record, items } = await collectAuditLogs({
      ...source,
      aws: { ...source.aws, s3: { send } as never },
    });
    expect(copied({ items })).toHaveLength(2);
    expect(record).toMatchObject({
      status: "partial",
      expected: { versions: 3 },
      collected: { versions: 2 },
    });
    expect(record.gaps).toEqual([
      { what: expect.stringContaining(`${prefix}b?versionId=`), why: "InvalidObjectState: in Glacier" },
    ]);
  });
});

describe("the audit bucket's policy", () => {
  const policy = { Version: "2012-10-17", Statement: [] };
  const policyItem = async () => {
    const { items, record } = await collectAuditLogs(await platform.source());
    const found = items.filter(({ key }) => key.includes("/s3/"));
    expect(found).toMatchObject([
      { source: "audit-logs", key: "incidents/INC-42/captures/7001/s3/audit-bucket-policy.json" },
    ]);
    expect(record.status).toBe("complete");
    return JSON.parse(String(await readObject(platform.vault, found[0]?.key ?? "")));
  };

  test("is documented as it stands, once, however often the run is continued", async () => {
    const text = JSON.stringify(policy);
    await platform.aws.s3.send(new PutBucketPolicyCommand({ Bucket: target.auditBucket, Policy: text }));
    expect(await policyItem()).toEqual({ bucket: target.auditBucket, policy, sha256: sha256(text) });
    await policyItem();
  });

  test("is documented as none when the bucket has none", async () => {
    expect(await policyItem()).toMatchObject({ policy: null, sha256: null });
  });

  test("is a gap when it cannot be read, and the objects are copied all the same", async () => {
    put(`${prefix}a`, "a");
    const source = await platform.source();
    const send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name !== "GetBucketPolicyCommand")
        return platform.aws.s3.send(command as never);
      throw Object.assign(new Error("not allowed"), { name: "AccessDenied" });
    };
    const { items, record } = await collectAuditLogs({
      ...source,
      aws: { ...source.aws, s3: { send } as never },
    });
    expect(items).toHaveLength(1);
    expect(record).toMatchObject({
      status: "partial",
      gaps: [{ what: `policy of s3://${target.auditBucket}`, why: "AccessDenied: not allowed" }],
    });
  });
});

describe("the prefixes of a window", () => {
  const window = { from: new Date("2026-12-30T23:59:59Z"), to: new Date("2027-01-01T00:00:00Z") };

  test("every day that it touches, in UTC, across the year's end", () => {
    expect(auditPrefixes("m/{yyyy}/{MM}/{dd}/", window)).toEqual([
      "m/2026/12/30/",
      "m/2026/12/31/",
      "m/2027/01/01/",
    ]);
  });

  test("every hour where the layout has hours", () => {
    const hours = auditPrefixes("m/{yyyy}{MM}{dd}/{HH}/", window);
    expect(hours).toHaveLength(26);
    expect([hours[0], hours.at(-1)]).toEqual(["m/20261230/23/", "m/20270101/00/"]);
  });
});
