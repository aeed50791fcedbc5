import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { preserve } from "../../../src/evidence/capture.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import type { Runbook } from "../../../src/runbook/schema.ts";
import { sha256 } from "../../../src/vault/digest.ts";
import { listKeys, putOnce, readObject } from "../../../src/vault/vault.ts";
import { verifyEnvelope } from "../../../src/verify/attestation.ts";
import { verifyIncident } from "../../../src/verify/incident.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import {
  INCIDENT,
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../../support/preserve-platform.ts";
import { NO_OPENSSL, startTimestampAuthority } from "../../support/tsa.ts";

const ALIAS = "alias/aiconnectors-evidence-dev";
const FOLDER = "incidents/INC-42/captures/7001/";
const [ENVELOPE, PUBLIC_KEY] = [`${FOLDER}manifest.dsse.json`, `${FOLDER}manifest.pub.pem`];

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
  await platform.declare();
});
afterEach(() => platform.close());

/** The runbook with another evidence section. */
function withEvidence(changes: Partial<Runbook["evidence"]>): Runbook {
  return { ...runbook, evidence: { ...runbook.evidence, ...changes } };
}

const open = (changes: Partial<Runbook["evidence"]> = {}, deps = platform.deps()) =>
  IncidentRecord.open(deps, withEvidence(changes), "dev", INCIDENT);
const run = async (changes: Partial<Runbook["evidence"]> = {}, deps = platform.deps()) =>
  preserve(deps, await open(changes, deps), ["ssm-parameter"]);
const signed = async () => (await open()).all("capture-signed").map(({ data }) => data);
const read = async (key: string) => (await readObject(platform.vault, key)) ?? Buffer.alloc(0);

/** Deps that fail for good with the first S3 or KMS call that `fails` picks. */
function dying(fails: (operation: string, key: string) => boolean): ActionDeps {
  let dead = false;
  const wrap = <Client extends object>(client: Client): Client =>
    Object.create(client, {
      send: {
        value: (command: { constructor: { name: string }; input: { Key?: string } }) => {
          dead ||= fails(command.constructor.name.replace(/Command$/, ""), command.input.Key ?? "");
          if (dead) return Promise.reject(new Error("killed"));
          return (client as unknown as { send(command: unknown): Promise<unknown> }).send(command);
        },
      },
    });
  const { s3, kms } = platform.aws;
  return { ...platform.deps(), aws: () => ({ ...platform.aws, s3: wrap(s3), kms: wrap(kms) }) };
}

describe("with a key", () => {
  beforeEach(() => {
    platform.kms.store.seed({ alias: ALIAS });
  });

  test("the manifest is signed after it is sealed, and the verifier agrees", async () => {
    const { sha256: manifestSha256, key } = await run();
    const [entry] = await signed();
    expect(entry).toMatchObject({
      capture: "7001",
      manifestSha256,
      signature: {
        key: ENVELOPE,
        publicKey: PUBLIC_KEY,
        publicKeySha256: sha256(await read(PUBLIC_KEY)),
        algorithm: "ECDSA_SHA_256",
      },
      timestamp: null,
      gaps: [{ what: "timestamp", why: expect.stringContaining("no time-stamping authority") }],
    });
    expect(entry?.signature?.sha256).toBe(sha256(await read(ENVELOPE)));
    const findings = verifyEnvelope(await read(key), await read(ENVELOPE), String(await read(PUBLIC_KEY)));
    expect(findings.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["holds", "envelope-signature"],
      ["holds", "statement-manifest"],
    ]);
    expect(platform.comments[0]).toContain(entry?.signature?.keyArn);
    const puts = platform.calls
      .all()
      .filter(({ operation, status }) => operation === "PutObject" && status === 200);
    expect(puts.map(({ resource }) => resource.slice(target.vault.length + 1)).slice(-5)).toEqual([
      `${FOLDER}manifest.json`,
      "incidents/INC-42/ledger/00000003.json",
      PUBLIC_KEY,
      ENVELOPE,
      "incidents/INC-42/ledger/00000004.json",
    ]);
  });

  test.each([
    ["before the public key", (_: string, key: string) => key === PUBLIC_KEY],
    ["before KMS signed", (operation: string) => operation === "Sign"],
    [
      "before the envelope",
      (operation: string, key: string) => operation === "PutObject" && key === ENVELOPE,
    ],
    [
      "before its entry",
      (operation: string, key: string) => operation === "PutObject" && key.endsWith("4.json"),
    ],
  ])("a run that was killed %s is completed by the next", async (_when, fails) => {
    await expect(run({}, dying(fails))).rejects.toThrow();
    const { capture } = await run({}, platform.deps({ runAttempt: 2 }));
    expect(capture).toBe("7001");
    const entries = (await open()).entries.map(({ kind }) => kind);
    expect(entries.filter((kind) => kind === "capture-sealed")).toHaveLength(1);
    expect((await signed()).map(({ signature }) => signature?.key)).toEqual([ENVELOPE]);
    const keys = await listKeys(platform.vault, `${FOLDER}manifest`);
    expect(keys).toEqual([ENVELOPE, `${FOLDER}manifest.json`, PUBLIC_KEY]);
  });

  test("started again, nothing is signed a second time", async () => {
    await run();
    const before = await read(ENVELOPE);
    await run();
    expect(await read(ENVELOPE)).toEqual(before);
    expect(await signed()).toHaveLength(1);
    expect(platform.operations("kms").filter((operation) => operation === "Sign")).toHaveLength(1);
  });

  test("a key that does not sign leaves no file behind that the ledger does not name", async () => {
    const refusing = dying((operation) => operation === "Sign");
    const deps = { ...refusing, aws: () => ({ ...platform.aws, kms: refusing.aws("").kms }) };
    await run({}, deps);
    expect((await signed())[0]?.gaps[0]).toEqual({ what: "signature", why: "killed" });
    expect(await listKeys(platform.vault, `${FOLDER}manifest`)).toEqual([`${FOLDER}manifest.json`]);
  });

  test("an envelope that cannot be stored leaves a key that the ledger names; the next run signs", async () => {
    const send = platform.aws.s3.send.bind(platform.aws.s3) as (command: unknown) => Promise<unknown>;
    const refusing = Object.create(platform.aws.s3, {
      send: {
        value: (command: { constructor: { name: string }; input: { Key?: string } }) =>
          command.constructor.name === "PutObjectCommand" && command.input.Key === ENVELOPE
            ? Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" }))
            : send(command),
      },
    }) as typeof platform.aws.s3;
    await run({}, { ...platform.deps(), aws: () => ({ ...platform.aws, s3: refusing }) });
    expect((await signed())[0]?.gaps[0]).toEqual({ what: "signature", why: "AccessDenied: no" });
    const late = (await open()).all("late-objects").flatMap(({ data }) => data.objects);
    expect(late).toMatchObject([{ key: PUBLIC_KEY, sha256: sha256(await read(PUBLIC_KEY)) }]);
    const findings = async () => {
      const store = new S3Store(
        platform.vault.s3,
        platform.vault.bucket,
        () => new Date(platform.clock.now()),
      );
      const { problems, notes } = await verifyIncident(store, "INC-42");
      return { problems, late: notes.filter(({ code }) => code === "late-object").length };
    };
    expect(await findings()).toEqual({ problems: [], late: 1 });
    await run();
    expect((await signed()).map(({ signature }) => signature?.key ?? null)).toEqual([null, ENVELOPE]);
    expect(await findings()).toEqual({ problems: [], late: 1 });
  });

  test("what somebody else put in the envelope's place is not taken for a signature", async () => {
    const { kms: _, ...rest } = platform.aws;
    const refusing = {
      send: () => Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" })),
    };
    await run({}, { ...platform.deps(), aws: () => ({ ...rest, kms: refusing }) });
    expect((await signed())[0]?.gaps[0]).toEqual({ what: "signature", why: "AccessDeniedException: no" });
    await putOnce(platform.vault, ENVELOPE, "{}", { contentType: "application/json" });
    await run();
    expect(await signed()).toHaveLength(1);
    expect(platform.printed.join("\n")).toContain(
      `something else lies at ${ENVELOPE}: it is no DSSE envelope`,
    );
    // The key beside it is this run's own. What is foreign is not vouched for.
    const late = (await open()).all("late-objects").flatMap(({ data }) => data.objects);
    expect(late.map(({ key }) => key)).toEqual([PUBLIC_KEY]);
  });
});

test("without a key in the runbook the gap has a name, and nothing fails", async () => {
  const { signing: _, ...evidence } = runbook.evidence;
  const deps = platform.deps();
  await preserve(deps, await IncidentRecord.open(deps, { ...runbook, evidence }, "dev", INCIDENT), [
    "ssm-parameter",
  ]);
  expect((await signed())[0]?.gaps.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    "signature: not signed: the runbook names no signing key",
    "timestamp: not time-stamped: the runbook names no time-stamping authority",
  ]);
  expect(platform.comments[0]).toContain("not signed: the runbook names no signing key");
});

test("a key that KMS does not know is a gap; the run after it was made signs the same capture", async () => {
  const { capture } = await run();
  expect((await signed())[0]?.gaps[0]?.why).toContain("NotFoundException");
  platform.kms.store.seed({ alias: ALIAS, spec: "RSA_2048" });
  expect((await run()).capture).toBe(capture);
  expect((await signed()).map(({ signature }) => signature?.algorithm ?? null)).toEqual([
    null,
    "RSASSA_PKCS1_V1_5_SHA_256",
  ]);
});

(NO_OPENSSL === undefined ? test : test.skip)(
  `the first authority that answers rightly time-stamps${NO_OPENSSL ? ` (skipped: ${NO_OPENSSL})` : ""}`,
  async () => {
    const [wrong, right] = [await startTimestampAuthority("Wrong"), await startTimestampAuthority("Right")];
    wrong.misbehave = "garbage";
    try {
      const urls = ["http://127.0.0.1:1/tsr", wrong.url, right.url];
      const { key } = await run({ timestamp_authorities: urls });
      const [entry] = await signed();
      expect(entry?.timestamp).toMatchObject({ key: `${FOLDER}manifest.tsr`, authority: "Right, Example" });
      expect([wrong.queries, right.queries]).toEqual([1, 1]);
      expect(sha256(await read(`${FOLDER}manifest.tsr`))).toBe(entry?.timestamp?.sha256);
      expect(platform.printed.join("\n")).toContain(
        `No time-stamp from ${wrong.url}: its answer is no RFC 3161`,
      );
      await run({ timestamp_authorities: urls });
      expect([right.queries, (await read(key)).length > 0]).toEqual([1, true]);
    } finally {
      await Promise.all([wrong.close(), right.close()]);
    }
  },
  30_000,
);

describe("what is written to the vault", () => {
  const headOf = (Key: string) => platform.aws.s3.send(new HeadObjectCommand({ Bucket: target.vault, Key }));

  test("carries the incident and its date, and the bucket's default retention", async () => {
    const { key } = await run();
    const head = await headOf(key);
    expect(head.Metadata).toEqual({ incident: "INC-42", "incident-date": platform.facts.detectedAt });
    expect([head.ObjectLockMode, head.ObjectLockLegalHoldStatus]).toEqual(["GOVERNANCE", undefined]);
  });

  test("is locked as the runbook says, copies and streams too", async () => {
    const retention = { mode: "COMPLIANCE" as const, days: 400, legal_hold: true };
    const day = new Date(platform.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    platform.server.s3.seedObject(target.auditBucket, `servicenow/${day}/a.ndjson`, "{}");
    platform.logs.store.seedStream({
      group: target.logGroup,
      name: "ecs/app/1",
      generator: {
        count: 5,
        at: (index) => ({ timestamp: platform.clock.now() - 1000 + index, message: "m" }),
      },
    });
    const deps = platform.deps();
    const before = await listKeys(platform.vault, "incidents/");
    await preserve(deps, await open({ retention }), ["audit-logs", "cloudwatch-logs", "ssm-parameter"]);
    const written = (await listKeys(platform.vault, "incidents/")).filter((key) => !before.includes(key));
    expect(written.length).toBeGreaterThan(6);
    for (const key of written) {
      const head = await headOf(key);
      const days = (Number(head.ObjectLockRetainUntilDate) - platform.clock.now()) / 86_400_000;
      expect([key, head.ObjectLockMode, head.ObjectLockLegalHoldStatus, Math.round(days)]).toEqual([
        key,
        "COMPLIANCE",
        "ON",
        400,
      ]);
    }
  });
});
