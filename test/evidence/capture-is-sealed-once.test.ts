import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { preserve } from "../../src/evidence/capture.ts";
import { recordLateObjects } from "../../src/evidence/late-objects.ts";
import { readManifest, sealedCaptures } from "../../src/evidence/manifest.ts";
import { IncidentRecord } from "../../src/incident/record.ts";
import { escalationSteps } from "../../src/incident/state.ts";
import type { ActionDeps, RunContext } from "../../src/ports.ts";
import type { Runbook } from "../../src/runbook/schema.ts";
import { sha256 } from "../../src/vault/digest.ts";
import { listKeys, putOnce, readObject } from "../../src/vault/vault.ts";
import {
  INCIDENT,
  runbook as own,
  type PreservePlatform,
  SECRET,
  startPreservePlatform,
  target,
} from "../support/preserve-platform.ts";

const TASK = "0123456789abcdef0123456789abcdef";
/** The export of the log group is requested while the sources are collected. */
const ENTRIES = ["declared", "capture-started", "evidence-requested", "capture-sealed", "capture-signed"];
const FOLDER = "incidents/INC-42/captures/7001/";
/** Everything that is there at once: what people are asked for makes no capture complete. */
const ALL = own.evidence.collect.filter((source) => source !== "entra-sign-in");
const runbook: Runbook = { ...own, evidence: { ...own.evidence, collect: ALL } };
const PRESERVE = runbook.escalation.steps.find(({ done_when }) => done_when === "capture-sealed")?.id;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform({ tasks: [TASK] });
  const now = platform.clock.now();
  const generator = {
    count: 3000,
    at: (index: number) => ({ timestamp: now - 3_600_000 + index, message: `line ${index}` }),
  };
  platform.logs.store.seedStream({ group: target.logGroup, name: `ecs/app/${TASK}`, generator });
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  for (let index = 0; index < 20; index += 1)
    platform.server.s3.seedObject(target.auditBucket, `servicenow/${day}/${index}`, `${index}`);
  await platform.declare();
});
afterEach(() => platform.close());

const open = (changes: Partial<RunContext> = {}) =>
  IncidentRecord.open(platform.deps(changes), runbook, "dev", INCIDENT);
const kinds = async () => (await open()).entries.map(({ kind }) => kind);

/** `deps` whose S3 fails, for good, with the call that `fails` picks: what a killed process leaves behind. */
function dying(fails: (operation: string, key: string) => boolean): ActionDeps {
  let dead = false;
  const s3 = Object.create(platform.aws.s3, {
    send: {
      value: (command: { constructor: { name: string }; input: { Key?: string } }) => {
        dead ||= fails(command.constructor.name.replace(/Command$/, ""), command.input.Key ?? "");
        if (dead) return Promise.reject(new Error("killed"));
        return platform.aws.s3.send(command as never);
      },
    },
  });
  return { ...platform.deps(), aws: (region: string) => ({ ...platform.deps().aws(region), s3 }) };
}

describe("a capture", () => {
  test("is labelled, collected, sealed and announced, in this order, and every object is an item once", async () => {
    const sealed = await preserve(platform.deps(), await open(), ALL);
    const { manifest } = sealed;
    expect(manifest.complete).toBe(true);
    expect(manifest.run).toMatchObject({
      id: 7001,
      attempt: 1,
      repository: "acme/platform",
      actor: "oncall",
    });
    expect(await kinds()).toEqual(ENTRIES);
    expect(manifest.ledgerHead).toBe((await open()).entries[2]?.sha256);

    const keys = await listKeys(platform.vault, FOLDER);
    const listed = [...manifest.items.map(({ key }) => key), `${FOLDER}label.json`, `${FOLDER}manifest.json`];
    expect([...listed].sort()).toEqual([...keys].sort());
    for (const item of manifest.items)
      expect(sha256((await readObject(platform.vault, item.key)) ?? "")).toBe(item.sha256);

    const label = JSON.parse(String(await readObject(platform.vault, `${FOLDER}label.json`)));
    expect(label).toMatchObject({
      incident: "INC-42",
      incidentDate: platform.facts.detectedAt,
      description: `${platform.facts.summary}\n\n${platform.facts.description}`,
      exportedBy: { login: "oncall", name: "Olga Oncall" },
    });
    const puts = platform.calls
      .all()
      .filter(({ operation, status }) => operation === "PutObject" && status === 200);
    const vaultKeys = puts.map(({ resource }) => resource.slice(target.vault.length + 1));
    expect(vaultKeys.slice(-3)).toEqual([
      `${FOLDER}manifest.json`,
      "incidents/INC-42/ledger/00000004.json",
      "incidents/INC-42/ledger/00000005.json",
    ]);
    expect(vaultKeys.indexOf(`${FOLDER}label.json`)).toBe(2);
    expect(platform.comments).toHaveLength(1);
    expect(platform.comments[0]).toContain(sealed.sha256);
  });

  test("is read back as it was sealed, and its secret is nowhere", async () => {
    const sealed = await preserve(platform.deps(), await open(), ALL);
    expect(await readManifest(platform.vault, "INC-42", "7001")).toEqual(JSON.parse(JSON.stringify(sealed)));
    for (const key of await listKeys(platform.vault, "incidents/")) {
      expect(String(await readObject(platform.vault, key))).not.toContain(SECRET);
    }
    expect([...platform.printed, ...platform.comments].join("\n")).not.toContain(SECRET);
  });

  test("started again by the same attempt changes nothing; by the next it is a new capture", async () => {
    const first = await preserve(platform.deps(), await open(), ALL);
    const keys = await listKeys(platform.vault, "incidents/");
    const again = await preserve(platform.deps(), await open(), ALL);
    expect(again.sha256).toBe(first.sha256);
    expect(await listKeys(platform.vault, "incidents/")).toEqual(keys);
    expect(platform.comments).toHaveLength(1);
    const second = { runAttempt: 2 };
    const next = await preserve(platform.deps(second), await open(second), ALL);
    expect(next.capture).toBe("7001-2");
    expect((await sealedCaptures(platform.vault, "INC-42")).map(({ capture }) => capture)).toEqual([
      "7001-2",
      "7001",
    ]);
  });

  test.each([
    [
      "with the label",
      (operation: string, key: string) => operation === "PutObject" && key.endsWith("label.json"),
    ],
    [
      "between audit objects",
      (operation: string, key: string) => operation === "CopyObject" && key.endsWith("/13"),
    ],
    [
      "with a log stream",
      (operation: string, key: string) => operation === "PutObject" && key.endsWith(".gz"),
    ],
    [
      "with the manifest",
      (operation: string, key: string) => operation === "PutObject" && key.endsWith("manifest.json"),
    ],
    [
      "before its ledger entry",
      (operation: string, key: string) => operation === "PutObject" && key.endsWith("00000004.json"),
    ],
  ])("that was killed %s goes on in the same capture, with every item once", async (_when, fails) => {
    const deps = dying(fails);
    const record = await IncidentRecord.open(deps, runbook, "dev", INCIDENT);
    await expect(preserve(deps, record, ALL)).rejects.toThrow("killed");
    const next = { runAttempt: 2 };
    const { capture, manifest } = await preserve(platform.deps(next), await open(next), ALL);
    expect(capture).toBe("7001");
    expect(manifest.complete).toBe(true);
    const keys = (await listKeys(platform.vault, FOLDER)).filter(
      (key) => !/(label|manifest)\.json$/.test(key),
    );
    expect(manifest.items.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(
      manifest.items.filter(({ source, method }) => source === "audit-logs" && method === "copy"),
    ).toHaveLength(20);
    expect((await sealedCaptures(platform.vault, "INC-42")).map((one) => one.capture)).toEqual(["7001"]);
    const sealed = (await open()).all("capture-sealed");
    expect(sealed.map(({ data }) => data.capture)).toEqual(["7001"]);
    expect(platform.comments).toHaveLength(1);
  });

  test("that two processes make at once is sealed once, and both end with the same seal", async () => {
    const [one, two] = await Promise.all([
      preserve(platform.deps(), await open(), ALL),
      preserve(platform.deps(), await open(), ALL),
    ]);
    expect(one.sha256).toBe(two.sha256);
    expect(
      one.manifest.items.filter(({ source, method }) => source === "audit-logs" && method === "copy"),
    ).toHaveLength(20);
    // Whoever came second may have written an object after the seal, and names it.
    expect((await kinds()).filter((kind) => kind !== "late-objects")).toEqual(ENTRIES);
  });

  test("holds what an interrupted run collected and this one no longer meets", async () => {
    const stray = `${FOLDER}ecs/task-definitions/gone-1.json`;
    platform.server.s3.seedObject(target.vault, stray, "{}");
    const { manifest } = await preserve(platform.deps(), await open(), ALL);
    expect(manifest.items.filter(({ key }) => key === stray)).toMatchObject([
      { source: "ecs", sha256: sha256("{}"), size: 2 },
    ]);
  });
});

describe("a capture of some sources only", () => {
  const step = async () =>
    escalationSteps((await open()).entries, runbook).find(({ id }) => id === PRESERVE)?.state;

  test("is not complete, names what was not asked for, and leaves the step open; one of all ticks it", async () => {
    const { manifest } = await preserve(platform.deps(), await open(), ["ecs"]);
    expect(manifest.sources).toMatchObject([{ source: "ecs", status: "complete" }]);
    expect(manifest.complete).toBe(false);
    const others = ALL.filter((source) => source !== "ecs");
    expect(manifest.gaps).toEqual(others.map((what) => ({ what, why: "not asked for" })));
    expect(platform.comments[0]).toContain("not asked for");
    expect(platform.printed.join("\n")).toMatch(/warning: .*audit-logs.* was not asked for/);
    expect(await step()).toBe("open");

    const next = { runAttempt: 2 };
    const whole = await preserve(platform.deps(next), await open(next), ALL);
    expect(whole.manifest).toMatchObject({ complete: true, gaps: [] });
    expect(await step()).toBe("done");
  });
});

describe("the vault's protection", () => {
  // This platform has no signing key, which is warned of as well.
  const warnings = () =>
    platform.printed
      .filter((line) => line.startsWith("warning: ") && !line.includes("has no signature"))
      .join("\n");

  test("stands in the manifest, and a protected vault is not warned of", async () => {
    const { manifest } = await preserve(platform.deps(), await open(), ALL);
    expect(manifest.vaultProtection).toEqual({
      versioning: "enabled",
      objectLock: "enabled",
      defaultRetention: "GOVERNANCE, 1 days",
    });
    expect(warnings()).toBe("");
    expect(platform.comments[0]).not.toContain("Warning");
  });

  test("is warned of where there is none, in the log, the comment and the manifest", async () => {
    platform.server.s3.createBucket("plain-vault", { versioning: false });
    platform.server.s3.createBucket("lock-without-retention", { lock: { defaultRetention: null } });
    const into = async (vault: string, incident: number) => {
      const dev = { ...runbook.environments.dev, vault };
      const changed = { ...runbook, environments: { ...runbook.environments, dev } } as Runbook;
      const record = await IncidentRecord.start(platform.deps(), changed, incident, platform.facts);
      return preserve(platform.deps(), record, ["ecs"]);
    };
    const { manifest } = await into("plain-vault", 43);
    expect(manifest.vaultProtection).toEqual({
      versioning: "off",
      objectLock: "off",
      defaultRetention: null,
    });
    expect(warnings()).toContain("Versioning of the vault plain-vault is off");
    expect(warnings()).toContain("The vault plain-vault has no Object Lock");
    expect(platform.comments[0]).toContain("The vault plain-vault has no Object Lock");
    await into("lock-without-retention", 44);
    expect(warnings()).toContain("lock-without-retention has no default retention");
  });

  test("is unknown where nobody may ask, and the capture is made all the same", async () => {
    const s3 = Object.create(platform.aws.s3, {
      send: {
        value: (command: { constructor: { name: string } }) =>
          /^Get(BucketVersioning|ObjectLock)/.test(command.constructor.name)
            ? Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" }))
            : platform.aws.s3.send(command as never),
      },
    });
    const deps = { ...platform.deps(), aws: (region: string) => ({ ...platform.deps().aws(region), s3 }) };
    const record = await IncidentRecord.open(deps, runbook, "dev", INCIDENT);
    const { manifest } = await preserve(deps, record, ALL);
    expect(manifest).toMatchObject({
      complete: true,
      vaultProtection: { versioning: "unknown", objectLock: "unknown", defaultRetention: null },
    });
    expect(warnings()).toBe("");
    expect(platform.printed.join("\n")).toContain("s3:GetBucketVersioning");
  });
});

describe("when a source fails", () => {
  const failing = (...services: ("logs" | "ecs" | "ssm" | "scaling")[]): ActionDeps => {
    const send = () =>
      Promise.reject(Object.assign(new Error("not allowed"), { name: "AccessDeniedException" }));
    const broken = Object.fromEntries(services.map((service) => [service, { send }]));
    return { ...platform.deps(), aws: (region) => ({ ...platform.deps().aws(region), ...broken }) };
  };

  test("the others are sealed all the same, and the manifest names the gap", async () => {
    const { manifest } = await preserve(failing("logs"), await open(), ALL);
    expect(manifest.complete).toBe(false);
    const status = Object.fromEntries(manifest.sources.map(({ source, status }) => [source, status]));
    expect(status).toEqual({
      "cloudwatch-logs": "failed",
      "audit-logs": "complete",
      ecs: "complete",
      "ssm-parameter": "complete",
      cloudtrail: "complete",
      "github-actions": "complete",
      "iam-role": "complete",
    });
    const { gaps = [] } = manifest.sources[0] ?? {};
    expect(gaps).toContainEqual({
      what: `${target.logGroup}:ecs/app/${TASK}`,
      why: "AccessDeniedException: not allowed",
    });
    expect(
      gaps.filter(({ what, why }) => !what.includes(target.logGroup) || !why.includes("not allowed")),
    ).toEqual([]);
    expect(platform.comments[0]).toContain("incomplete");
  });

  test("and no other succeeds, nothing is sealed and the ledger says why; the next run goes on", async () => {
    const deps = failing("logs", "ecs", "ssm", "scaling");
    const sources = ["cloudwatch-logs", "ecs", "ssm-parameter"] as const;
    await expect(preserve(deps, await open(), sources)).rejects.toMatchObject({
      reason: "capture-failed",
      message: expect.stringContaining("not allowed"),
      remedy: expect.stringContaining(
        `gh workflow run preserve.yml -f incident=${INCIDENT} -f environment=dev`,
      ),
    });
    expect(await kinds()).toEqual(["declared", "capture-started", "capture-failed"]);
    expect(await readManifest(platform.vault, "INC-42", "7001")).toBeUndefined();
    const next = { runAttempt: 2 };
    const { capture } = await preserve(platform.deps(next), await open(next), sources);
    expect(capture).toBe("7001");
  });
});

test("a seal that the ledger cannot be told of is not called missing, and the next run announces it", async () => {
  let sealed = false;
  const deps = dying((operation, key) => {
    sealed ||= operation === "PutObject" && key === `${FOLDER}manifest.json`;
    return sealed && key.includes("/ledger/");
  });
  const record = await IncidentRecord.open(deps, runbook, "dev", INCIDENT);
  await expect(preserve(deps, record, ALL)).rejects.toMatchObject({
    reason: "capture-failed",
    message: expect.stringContaining(
      "The capture 7001 is sealed, and the ledger could not be told all of it",
    ),
    remedy: expect.stringContaining("preserve.yml"),
  });
  expect(await readManifest(platform.vault, "INC-42", "7001")).toBeDefined();
  await preserve(platform.deps(), await open(), ALL);
  expect(await kinds()).toEqual(ENTRIES);
});

test("what came late is named by whoever saw it, though another has named the first of it", async () => {
  const sealed = await preserve(platform.deps(), await open(), ALL);
  const [one, other] = [await open(), await open()];
  const late = ["a-late", "b-late"].map((name) => FOLDER + name);
  for (const [index, record] of [one, other].entries()) {
    await putOnce(platform.vault, late[index] ?? "", "late", { contentType: "text/plain" });
    await recordLateObjects(platform.deps(), record, sealed);
  }
  const named = (await open()).all("late-objects").flatMap(({ data }) => data.objects.map(({ key }) => key));
  expect([...new Set(named)]).toEqual(late);
});

test("a manifest that is none, or another's, is not taken for a seal", async () => {
  const put = (capture: string, body: string) =>
    platform.server.s3.seedObject(target.vault, `incidents/INC-42/captures/${capture}/manifest.json`, body);
  put("1", "{}");
  put("2", "not json");
  const { manifest } = await preserve(platform.deps(), await open(), ["ecs"]);
  put("3", JSON.stringify(manifest));
  for (const capture of ["1", "2", "3"]) {
    await expect(readManifest(platform.vault, "INC-42", capture)).rejects.toMatchObject({
      reason: "manifest-broken",
    });
  }
});

test("with throttling, failures and dropped connections everywhere it still ends complete", async () => {
  await platform.close();
  const kinds = ["throttle", "server-error", "drop"] as const;
  const faults = kinds.map((kind) => ({ service: "*", operation: "*", kind, rate: 0.04 }));
  platform = await startPreservePlatform({ tasks: [TASK], faults, speed: 200 });
  platform.logs.store.seedStream({ group: target.logGroup, name: `ecs/app/${TASK}` });
  for (let index = 0; index < 60; index += 1) {
    const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    platform.server.s3.seedObject(target.auditBucket, `servicenow/${day}/${index}`, `${index}`);
  }
  await platform.declare();
  const { manifest } = await preserve(platform.deps(), await open(), ALL);
  expect(manifest.sources.flatMap(({ gaps }) => gaps)).toEqual([]);
  expect(
    manifest.items.filter(({ source, method }) => source === "audit-logs" && method === "copy"),
  ).toHaveLength(60);
});
