import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ItemList, tallyBySource } from "../../src/evidence/item-list.ts";
import { type CaptureManifest, manifestKey, readManifest } from "../../src/evidence/manifest.ts";
import { seal } from "../../src/evidence/seal.ts";
import type { ManifestItem } from "../../src/evidence/source-schema.ts";
import { Spool } from "../../src/evidence/spool.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform } from "../support/preserve-platform.ts";

const AT = "2026-11-21T03:00:00.000Z";
const DIGEST = "0".repeat(64);

function item(index: number, source = "audit-logs"): ManifestItem {
  return {
    source,
    key: `incidents/INC-42/captures/7001/${source}/${index}-é-\u2028-"quoted"\n`,
    versionId: `v${index}`,
    size: index,
    sha256: DIGEST,
    method: "copy",
    collectedAt: AT,
    origin: { uri: `s3://audit/${index}` },
  };
}

function manifest(items: CaptureManifest["items"]): CaptureManifest {
  const run = {
    id: 1,
    attempt: 1,
    repository: "a/b",
    workflow: "Incident",
    job: "preserve",
    actor: "oncall",
  };
  return {
    schema: "firebreak/manifest/v1",
    incident: "INC-42",
    capture: "7001",
    environment: "dev",
    mcp: "servicenow",
    window: { from: AT, to: AT },
    startedAt: AT,
    sealedAt: AT,
    run,
    label: { key: "label.json", versionId: null, sha256: DIGEST },
    ledgerHead: DIGEST,
    complete: true,
    sources: [],
    items,
  };
}

describe("a spool", () => {
  test("gives back every line, in order, across its pieces, as often as asked, and after more lines", () => {
    const spool = new Spool();
    expect([...spool.lines()]).toEqual([]);
    const lines = Array.from({ length: 3000 }, (_, index) => `${"é€😀x".repeat(index % 40)}${index}`);
    lines.splice(1500, 0, "", "y".repeat(200_000), "");
    for (const line of lines) spool.push(line);
    expect([...spool.lines()]).toEqual(lines);
    spool.push("one more");
    expect([...spool.lines()]).toEqual([...lines, "one more"]);
  });

  test("refuses what would become two lines", () => {
    expect(() => new Spool().push("a\nb")).toThrow("line break");
  });
});

test("a list of items reads like the array of them", () => {
  const array = [item(1), item(2, "ecs"), item(3)];
  const list = new ItemList();
  for (const one of array) list.push(one);
  expect([...list]).toEqual(array);
  expect(list).toHaveLength(3);
  expect(JSON.parse(JSON.stringify(list))).toEqual(array);
  expect(list.filter(({ source }) => source === "ecs")).toEqual([array[1]]);
  expect([list.find(({ size }) => size === 3), list.find(({ size }) => size === 4)]).toEqual([
    array[2],
    undefined,
  ]);
  expect(list.map(({ size }) => size)).toEqual([1, 2, 3]);
  expect(list.reduce((sum, { size }) => sum + size, 0)).toBe(6);
  const tallyOf = tallyBySource(list);
  expect([tallyOf("audit-logs"), tallyOf("ecs"), tallyOf("ssm-parameter")]).toEqual([
    { items: 2, bytes: 4 },
    { items: 1, bytes: 2 },
    { items: 0, bytes: 0 },
  ]);
});

describe("a manifest of many items", () => {
  let platform: PreservePlatform;
  beforeEach(async () => {
    platform = await startPreservePlatform();
  });
  afterEach(() => platform.close());

  const key = manifestKey("INC-42", "7001");
  const clock = { now: () => new Date(), sleep: async () => {} };
  const operations = () =>
    platform.calls
      .all()
      .filter(({ resource }) => resource.endsWith(key))
      .map(({ operation, status }) => `${operation} ${status}`);

  /** About 6 MB: more than is sent from memory. */
  function many(): ItemList {
    const list = new ItemList();
    for (let index = 0; index < 20_000; index += 1) list.push(item(index));
    return list;
  }

  test("is sealed in one PutObject, and reads back as it was, with its digest", async () => {
    const items = many();
    const sealed = await seal(platform.vault, clock, manifest(items));
    expect(operations().filter((operation) => operation.startsWith("PutObject"))).toEqual(["PutObject 200"]);
    const bytes = (await readObject(platform.vault, key)) ?? Buffer.alloc(0);
    expect(bytes.byteLength).toBeGreaterThan(4 * 1024 * 1024);
    expect(sha256(bytes)).toBe(sealed.sha256);
    expect(JSON.parse(bytes.toString())).toEqual({ ...manifest([]), items: [...items] });
  });

  test("goes out whole again when the connection breaks under it", async () => {
    let broken = 0;
    const send = async (command: { constructor: { name: string }; input: { Body?: unknown } }) => {
      const { Body } = command.input;
      if (command.constructor.name === "PutObjectCommand" && broken < 2) {
        broken += 1;
        // Half of it has been read when the line breaks.
        for await (const _piece of Body as AsyncIterable<Buffer>) break;
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      }
      return platform.aws.s3.send(command as never);
    };
    const vault = { ...platform.vault, s3: Object.create(platform.aws.s3, { send: { value: send } }) };
    const sealed = await seal(vault, clock, manifest(many()));
    const bytes = (await readObject(platform.vault, key)) ?? Buffer.alloc(0);
    expect([broken, createHash("sha256").update(bytes).digest("hex")]).toEqual([2, sealed.sha256]);
  });

  test("that another run has sealed already stays as it is, and is what is returned", async () => {
    const first = await seal(platform.vault, clock, manifest(many()));
    const second = await seal(platform.vault, clock, manifest([item(1)]));
    expect(second.sha256).toBe(first.sha256);
    expect(second.manifest.items).toHaveLength(20_000);
  });

  test("is read once, however often the gate looks; another one under its key is read anew", async () => {
    await seal(platform.vault, clock, manifest([item(1)]));
    const reads = () => operations().filter((operation) => operation.startsWith("GetObject")).length;
    const first = await readManifest(platform.vault, "INC-42", "7001");
    expect(reads()).toBe(1);
    expect(await readManifest(platform.vault, "INC-42", "7001")).toBe(first);
    expect(reads()).toBe(1);
    platform.server.s3.seedObject(platform.vault.bucket, key, JSON.stringify(manifest([item(2), item(3)])));
    const tampered = await readManifest(platform.vault, "INC-42", "7001");
    expect(reads()).toBe(2);
    expect([tampered?.manifest.items.length, tampered?.sha256 === first?.sha256]).toEqual([2, false]);
  });
});
