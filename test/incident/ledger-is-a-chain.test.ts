import { createHash } from "node:crypto";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "@jest/globals";
import type { LedgerEntry } from "../../src/incident/entries.ts";
import { appendEntry, readLedger } from "../../src/incident/ledger.ts";
import { readObject } from "../../src/vault/vault.ts";
import { context, facts, tickingClock } from "../support/incident.ts";
import { MemoryS3 } from "../support/memory-s3.ts";
import { INCIDENT, startPreservePlatform, target } from "../support/preserve-platform.ts";

function setUp() {
  const s3 = new MemoryS3();
  const vault = { s3: s3.client, bucket: "vault" };
  const deps = { vault, clock: tickingClock(), context };
  const started = (known: LedgerEntry[], capture: string) =>
    appendEntry(deps, "INC-42", known, {
      kind: "capture-started",
      key: `capture-started/${capture}`,
      data: { capture, sources: ["ecs"], from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" },
    });
  const declare = () => appendEntry(deps, "INC-42", [], { kind: "declared", key: "declared", data: facts() });
  const key = (sequence: number) => `incidents/INC-42/ledger/${String(sequence).padStart(8, "0")}.json`;
  return { s3, vault, deps, declare, started, key };
}

describe("the ledger", () => {
  test("carries the SHA-256 of the entry before, over the bytes as stored", async () => {
    const { s3, vault, declare, started, key } = setUp();
    const { entries } = await declare();
    await started(entries, "1");
    const digest = createHash("sha256")
      .update(s3.objects.get(key(1)) ?? "")
      .digest("hex");
    const second = JSON.parse(String(s3.objects.get(key(2))));
    expect(second).toMatchObject({
      sequence: 2,
      previous: digest,
      kind: "capture-started",
      incident: "INC-42",
    });
    expect((await readLedger(vault, "INC-42")).map(({ kind }) => kind)).toEqual([
      "declared",
      "capture-started",
    ]);
  });

  test("takes an entry with the same key once, whoever writes it", async () => {
    const { s3, declare, started } = setUp();
    const { entries } = await declare();
    expect((await started(entries, "1")).written).toBe(true);
    expect((await started(entries, "1")).written).toBe(false);
    expect(s3.objects.size).toBe(2);
  });

  test("loses nothing when twenty writers append at once", async () => {
    const { vault, declare, started } = setUp();
    const { entries } = await declare();
    await Promise.all(Array.from({ length: 20 }, (_, index) => started(entries, String(index))));
    const chain = await readLedger(vault, "INC-42");
    expect(chain).toHaveLength(21);
    expect(new Set(chain.map(({ key }) => key)).size).toBe(21);
  });

  test("knows its own write when the answer to it was lost", async () => {
    const { s3, vault, declare } = setUp();
    const put = s3.send.bind(s3);
    let lost = true;
    s3.send = async (command) => {
      const answer = await put(command);
      if (lost && command.constructor.name === "PutObjectCommand") {
        lost = false;
        // The SDK's retry finds the object that the first try wrote.
        return put(command);
      }
      return answer;
    };
    expect((await declare()).written).toBe(true);
    expect(await readLedger(vault, "INC-42")).toHaveLength(1);
  });

  test("is written again when S3 gave up a write for the sake of another that left nothing", async () => {
    const { s3, vault, declare } = setUp();
    let conflicts = 0;
    s3.fail = (operation) => {
      if (operation !== "PutObject" || conflicts === 2) return undefined;
      conflicts += 1;
      return Object.assign(new Error("conflict"), { name: "ConditionalRequestConflict" });
    };
    expect((await declare()).written).toBe(true);
    expect(conflicts).toBe(2);
    expect(await readLedger(vault, "INC-42")).toHaveLength(1);
  });

  test("takes the next number when the write that won a conflict is there", async () => {
    const { s3, vault, declare, started } = setUp();
    const { entries } = await declare();
    await started(entries, "1");
    s3.fail = (operation, name) =>
      operation === "PutObject" && name === "incidents/INC-42/ledger/00000002.json"
        ? Object.assign(new Error("conflict"), { name: "ConditionalRequestConflict" })
        : undefined;
    expect((await started(entries, "2")).written).toBe(true);
    const chain = await readLedger(vault, "INC-42");
    expect(chain.map(({ key }) => key)).toEqual(["declared", "capture-started/1", "capture-started/2"]);
  });

  const tamperings: [string, (objects: Map<string, Buffer>, key: (n: number) => string) => void][] = [
    [
      "an edited entry",
      (objects, key) => objects.set(key(1), Buffer.from(String(objects.get(key(1))).replace("high", "low"))),
    ],
    ["a dropped entry", (objects, key) => void objects.delete(key(2))],
    [
      "two entries swapped",
      (objects, key) => {
        const [second, third] = [objects.get(key(2)), objects.get(key(3))];
        if (second && third) objects.set(key(2), third).set(key(3), second);
      },
    ],
    [
      "an entry of another incident",
      (objects, key) =>
        objects.set(key(3), Buffer.from(String(objects.get(key(3))).replace("INC-42", "INC-43"))),
    ],
    ["an entry that is not JSON", (objects, key) => objects.set(key(3), Buffer.from("gone"))],
    [
      "a foreign object among the entries",
      (objects) => objects.set("incidents/INC-42/ledger/00000002b.json", Buffer.from("{}")),
    ],
  ];
  test.each(tamperings)("refuses %s", async (_name, tamper) => {
    const { s3, vault, declare, started, key } = setUp();
    let { entries } = await declare();
    for (const capture of ["1", "2"]) ({ entries } = await started(entries, capture));
    tamper(s3.objects, key);
    await expect(readLedger(vault, "INC-42")).rejects.toMatchObject({ reason: "ledger-broken" });
  });
});

describe("a ledger in S3", () => {
  const key = `incidents/INC-${INCIDENT}/ledger/00000001.json`;
  const where = { Bucket: target.vault, Key: key };

  test("whose newest entry was written over, so that the chain still fits, is refused", async () => {
    const platform = await startPreservePlatform();
    try {
      await platform.declare();
      const entry = JSON.parse(String(await readObject(platform.vault, key)));
      entry.data.summary = "nothing happened here";
      const body = JSON.stringify(entry);
      await platform.aws.s3.send(new PutObjectCommand({ ...where, Body: body }));
      await expect(platform.open()).rejects.toMatchObject({
        reason: "ledger-broken",
        message: expect.stringContaining(`${key} was written again`),
      });
    } finally {
      await platform.close();
    }
  });

  test("whose newest entry was deleted is refused, by whoever knew it too, and so is one that came back", async () => {
    const platform = await startPreservePlatform();
    try {
      const record = await platform.declare();
      await platform.aws.s3.send(new DeleteObjectCommand(where));
      const refusal = { reason: "ledger-broken", message: expect.stringContaining("was deleted") };
      await expect(platform.open()).rejects.toMatchObject(refusal);
      await expect(record.refresh()).rejects.toMatchObject(refusal);
      await expect(platform.declare()).rejects.toMatchObject(refusal);
    } finally {
      await platform.close();
    }
  });

  test("whose versions may not be listed is not trusted, and the permission is named", async () => {
    const { s3, vault, declare } = setUp();
    await declare();
    s3.fail = (operation) =>
      operation === "ListObjectVersions"
        ? Object.assign(new Error("no"), { name: "AccessDenied" })
        : undefined;
    await expect(readLedger(vault, "INC-42")).rejects.toMatchObject({
      reason: "ledger-unreadable",
      remedy: expect.stringContaining("s3:ListBucketVersions"),
    });
  });

  test("is listed once for a reading", async () => {
    const { s3, vault, declare, started } = setUp();
    const { entries } = await declare();
    await started(entries, "1");
    s3.calls.length = 0;
    await readLedger(vault, "INC-42", entries);
    expect(s3.calls.map(({ operation }) => operation)).toEqual(["ListObjectVersions", "GetObject"]);
  });
});
