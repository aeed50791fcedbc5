import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { attach, type Delivery } from "../../src/evidence/attach.ts";
import { preserve } from "../../src/evidence/capture.ts";
import { sealedCaptures } from "../../src/evidence/manifest.ts";
import type { SourceOf } from "../../src/evidence/source-schema.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { readObject } from "../../src/vault/vault.ts";
import { type PreservePlatform, startPreservePlatform, target } from "../support/preserve-platform.ts";

const EXPORT = JSON.stringify([
  { id: "1", name: 'a "quoted" } ] one' },
  { id: "2", deep: [{}, {}] },
]);
const DELIVERIES = "identity-deliveries";

describe("attaching an export that was requested", () => {
  let platform: PreservePlatform;
  let workspace: string;
  beforeEach(async () => {
    platform = await startPreservePlatform();
    workspace = mkdtempSync(join(tmpdir(), "attach-"));
    await platform.declare();
    platform.server.s3.createBucket(DELIVERIES, { versioning: true });
  });
  afterEach(async () => {
    rmSync(workspace, { recursive: true });
    await platform.close();
  });

  /** The incident's ordinary capture, run 7001, in which the export is requested. */
  const requested = async () => preserve(platform.deps(), await platform.open(), ["entra-sign-in"]);
  const attached = async (delivery: Partial<Delivery> & { from: string[] }, runId = 7002, runAttempt = 1) => {
    const run = { runId, runAttempt, workspace, actor: "ida-identity" };
    return attach(platform.deps(run), await platform.open(run), { note: undefined, ...delivery });
  };
  const put = (key: string, body: string) =>
    platform.aws.s3.send(new PutObjectCommand({ Bucket: DELIVERIES, Key: key, Body: Buffer.from(body) }));
  const signIns = (sources: readonly { source: string }[]) =>
    sources.find(({ source }) => source === "entra-sign-in") as SourceOf<"entra-sign-in">;

  test("a file in the workspace becomes an item of a supplementary capture, and the request is settled", async () => {
    const first = await requested();
    writeFileSync(join(workspace, "sign ins.json"), EXPORT);
    const sealed = await attached({ from: ["sign ins.json"], note: "from the portal" });
    expect(sealed.manifest.supplements).toEqual({ capture: first.capture, manifestSha256: first.sha256 });
    const items = sealed.manifest.items.filter(({ source }) => source === "entra-sign-in");
    expect(items).toMatchObject([
      {
        key: `incidents/INC-42/captures/${sealed.capture}/entra/attached/1-sign ins.json`,
        sha256: sha256(EXPORT),
        size: EXPORT.length,
        method: "stream",
        origin: { uri: "workspace:sign ins.json" },
        detail: { attachedBy: "ida-identity", note: "from the portal", signIns: 2 },
      },
    ]);
    expect(String(await readObject(platform.vault, items[0]?.key ?? ""))).toBe(EXPORT);
    expect(signIns(sealed.manifest.sources)).toMatchObject({
      status: "complete",
      route: "attached",
      collected: { exports: 1, signIns: 2 },
      gaps: [],
    });
    const record = await platform.open();
    expect(record.all("evidence-requested").map(({ data }) => data.request)).toEqual(["entra-sign-in"]);
    expect(record.all("request-settled").map(({ data }) => data)).toEqual([
      {
        request: "entra-sign-in",
        outcome: "delivered",
        capture: sealed.capture,
        message: "attached by ida-identity",
      },
    ]);
  });

  test("objects in S3 are copied inside S3, a whole folder at once, each pinned to its version", async () => {
    await requested();
    await put("inc-42/", "");
    await put("inc-42/interactive.json", EXPORT);
    await put("inc-42/deeper/service.json", "[]");
    const before = platform.operations("s3").length;
    const sealed = await attached({ from: [`s3://${DELIVERIES}/inc-42/`] });
    const items = sealed.manifest.items.filter(({ source }) => source === "entra-sign-in");
    expect(items.map(({ method, origin, sha256: digest }) => [method, origin.uri, digest])).toEqual([
      ["copy", `s3://${DELIVERIES}/inc-42/deeper/service.json`, sha256("[]")],
      ["copy", `s3://${DELIVERIES}/inc-42/interactive.json`, sha256(EXPORT)],
    ]);
    for (const { origin } of items) expect(origin.versionId).toBeTruthy();
    const calls = platform.operations("s3").slice(before);
    expect(calls.filter((operation) => operation === "CopyObject")).toHaveLength(2);
    const read = platform.calls.all().filter(({ operation, resource }) => {
      return operation === "GetObject" && resource.startsWith(DELIVERIES);
    });
    expect(read).toEqual([]);
  });

  test("a second delivery adds to the first, and a capture after that asks anew", async () => {
    await requested();
    writeFileSync(join(workspace, "a.ndjson"), '{"id":"1"}\n{"id":"2"}\n');
    writeFileSync(join(workspace, "b.csv"), "id,name\n1,2\n");
    await attached({ from: ["a.ndjson"] });
    const second = await attached({ from: ["b.csv"] }, 7003);
    expect(signIns(second.manifest.sources).collected).toEqual({ exports: 2 });
    const run = { runId: 7004 };
    const third = await preserve(platform.deps(run), await platform.open(run), ["entra-sign-in"]);
    expect(signIns(third.manifest.sources)).toMatchObject({ request: { id: "entra-sign-in/7004" } });
    const record = await platform.open();
    expect(record.all("evidence-requested").map(({ data }) => data.request)).toEqual([
      "entra-sign-in",
      "entra-sign-in/7004",
    ]);
  });

  test("the same content counts once, however often and by whichever way it was attached", async () => {
    await requested();
    writeFileSync(join(workspace, "a.json"), EXPORT);
    writeFileSync(join(workspace, "b.json"), '[{"id":"3"}]');
    await put("a.json", EXPORT);
    const first = await attached({ from: ["a.json", "a.json"] });
    expect(signIns(first.manifest.sources).collected).toEqual({ exports: 1, signIns: 2 });
    const second = await attached({ from: ["a.json", "b.json"] }, 7003);
    expect(signIns(second.manifest.sources).collected).toEqual({ exports: 2, signIns: 3 });
    const third = await attached({ from: [`s3://${DELIVERIES}/a.json`] }, 7004);
    expect(signIns(third.manifest.sources).collected).toEqual({ exports: 2, signIns: 3 });
    const [item] = third.manifest.items.filter(({ source }) => source === "entra-sign-in");
    expect(item?.detail?.sameAs).toBe(
      first.manifest.items.find(({ source }) => source === "entra-sign-in")?.key,
    );
  });

  describe("killed before the seal, and run again when other content of the same size lies there,", () => {
    const OLD = '[{"id":"OLD1"}]      ';
    const NEW = '[{"id":"N"},{"id":2}]';
    const killed = async (place: string) => {
      const { s3 } = platform.aws;
      const send = s3.send.bind(s3) as (...command: unknown[]) => unknown;
      const dying = (command: { input: { Key?: string } }, ...more: unknown[]) =>
        command.input.Key?.endsWith("manifest.json") && command instanceof PutObjectCommand
          ? Promise.reject(new Error("killed"))
          : send(command, ...more);
      Object.defineProperty(s3, "send", { value: dying, configurable: true });
      await expect(attached({ from: [place] })).rejects.toThrow("killed");
      Object.defineProperty(s3, "send", { value: send, configurable: true });
    };
    /** What was attached: its digest and count; and what else lies beside it. */
    const found = async (place: string) => {
      const { manifest } = await attached({ from: [place] }, 7002, 2);
      const items = manifest.items.filter(({ key }) => key.includes("/entra/attached/"));
      const [mine = [], others = []] = [true, false].map((is) =>
        items.filter(({ detail }) => (detail?.attachedBy !== undefined) === is),
      );
      return { mine, others, collected: signIns(manifest.sources).collected };
    };

    test("a file is recorded as what it is now, beside what it was", async () => {
      await requested();
      writeFileSync(join(workspace, "a.json"), OLD);
      await killed("a.json");
      writeFileSync(join(workspace, "a.json"), NEW);
      const { mine, others, collected } = await found("a.json");
      expect(mine).toMatchObject([{ sha256: sha256(NEW), detail: { signIns: 2 } }]);
      expect(mine[0]?.key).toMatch(/\/1~2-a\.json$/);
      expect(others).toMatchObject([{ sha256: sha256(OLD) }]);
      expect(collected).toEqual({ exports: 1, signIns: 2 });
    });

    test("a file that is still the same is not put in again", async () => {
      await requested();
      writeFileSync(join(workspace, "a.json"), OLD);
      await killed("a.json");
      const { mine, others } = await found("a.json");
      expect(mine).toMatchObject([{ sha256: sha256(OLD) }]);
      expect(others).toEqual([]);
    });

    test("an object is recorded as what it is now, beside what it was", async () => {
      await requested();
      await put("a.json", OLD);
      await killed(`s3://${DELIVERIES}/a.json`);
      await put("a.json", NEW);
      const { mine, others } = await found(`s3://${DELIVERIES}/a.json`);
      expect(mine).toMatchObject([{ sha256: sha256(NEW) }]);
      expect(others).toMatchObject([{ sha256: sha256(OLD) }]);
    });
  });

  test("run again after it was sealed, it changes nothing and settles what a kill left open", async () => {
    await requested();
    writeFileSync(join(workspace, "a.json"), EXPORT);
    const one = await attached({ from: ["a.json"] });
    const two = await attached({ from: ["a.json"] });
    expect(two.sha256).toBe(one.sha256);
    expect(await sealedCaptures(platform.vault, "INC-42")).toHaveLength(2);
  });

  test("what is in the file is never shown: a hostile name and content reach no Markdown", async () => {
    await requested();
    const name = "@everyone ![x](http://evil.example).json";
    writeFileSync(join(workspace, name.replaceAll("/", ":")), '[{"<script>": "**bold**"}]');
    await attached({ from: [name.replaceAll("/", ":")] });
    for (const comment of platform.comments) expect(comment).not.toContain("<script>");
    for (const comment of platform.comments) expect(comment).not.toContain("![x]");
  });

  describe("is refused, before anything is written,", () => {
    let outside: string;
    beforeEach(async () => {
      await requested();
      outside = mkdtempSync(join(tmpdir(), "outside-"));
      writeFileSync(join(outside, "secret"), "secret");
      symlinkSync(join(outside, "secret"), join(workspace, "link"));
      symlinkSync(outside, join(workspace, "folder-link"));
      mkdirSync(join(workspace, ".git"));
      writeFileSync(join(workspace, ".git", "config"), "token");
      mkdirSync(join(workspace, "folder"));
      writeFileSync(join(workspace, "empty.json"), "");
      await put("empty.json", "");
    });
    afterEach(() => rmSync(outside, { recursive: true }));

    test.each([
      ["link", /leads out of the workspace/],
      ["folder-link/secret", /leads out of the workspace/],
      ["../secret", /names no file|leads out/],
      ["/etc/hostname", /leads out of the workspace/],
      [".git/config", /leads out of the workspace/],
      [".", /leads out of the workspace/],
      ["folder", /is no file/],
      ["nowhere.json", /names no file/],
      ["empty.json", /names an empty file/],
      [`s3://${DELIVERIES}/empty.json`, /names an empty file/],
      [`s3://${target.vault}/incidents/INC-42/captures/7001/entra/request.txt`, /holds evidence already/],
      [`s3://${target.vault}/incidents/`, /holds evidence already/],
      [`s3://${target.auditBucket}/servicenow/`, /holds evidence already/],
      ["s3://nn-aiconnectors-vault-prod/x", /holds evidence already/],
      [`s3://${DELIVERIES}/nothing.json`, /cannot be read/],
      [`s3://${DELIVERIES}/nothing/`, /names an empty folder/],
      ["s3://no-such-bucket/x", /cannot be read/],
      ["s3://UPPER/x", /is no S3 URI/],
    ])("%s", async (place, why) => {
      const writes = () =>
        platform.operations("s3").filter((operation) => /^(Put|Copy|Create)/.test(operation)).length;
      const before = writes();
      await expect(attached({ from: [place] })).rejects.toThrow(why);
      expect(writes()).toBe(before);
    });
  });

  test("an incident without a capture has nothing to add to", async () => {
    writeFileSync(join(workspace, "a.json"), EXPORT);
    await expect(attached({ from: ["a.json"] })).rejects.toMatchObject({ reason: "no-capture" });
  });
});
