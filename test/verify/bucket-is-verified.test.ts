import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { run } from "../../src/actions/verify-evidence/run.ts";
import type { ActionDeps, GitHub } from "../../src/ports.ts";
import { listKeys } from "../../src/vault/vault.ts";
import { type PreservePlatform, target } from "../support/preserve-platform.ts";
import { CAPTURE, INCIDENT_FOLDER, NEWEST_CAPTURE, preservedIncident } from "./fixture.ts";
import { refusing, verifyInBucket } from "./fixture-s3.ts";
import { sha256 } from "./tampering.ts";

const DAY_MS = 86_400_000;
const LABEL = `${CAPTURE}/label.json`;

let platform: PreservePlatform;
beforeEach(async () => {
  platform = await preservedIncident();
});
afterEach(() => platform.close());

const at = (key: string) => ({ Bucket: target.vault, Key: key });
const put = (key: string, body: string) =>
  platform.aws.s3.send(new PutObjectCommand({ ...at(key), Body: body }));
async function anItem(): Promise<string> {
  const keys = await listKeys(platform.vault, `${CAPTURE}/audit-logs/`);
  return keys[0] ?? "";
}

describe("in the bucket", () => {
  test("what nobody touched passes", async () => {
    expect(await verifyInBucket(platform)).toEqual({ verdict: "verified", problems: [], unchecked: [] });
  });

  test("an overwritten item is named, and its sealed version is the one that was hashed", async () => {
    const item = await anItem();
    await put(item, "something else");
    expect(await verifyInBucket(platform)).toMatchObject({
      verdict: "not-verified",
      problems: [`overwritten ${item}`],
    });
  });

  test("a deleted item is named although its version is still there", async () => {
    const item = await anItem();
    await platform.aws.s3.send(new DeleteObjectCommand(at(item)));
    expect((await verifyInBucket(platform)).problems).toEqual([`deleted ${item}`]);
  });

  test("a sealed version that is gone is named, even when the same bytes stand in its place", async () => {
    const item = await anItem();
    const sealed = await platform.aws.s3.send(new GetObjectCommand(at(item)));
    const body = (await sealed.Body?.transformToString()) ?? "";
    await put(item, body);
    const bypass = { VersionId: sealed.VersionId, BypassGovernanceRetention: true };
    await platform.aws.s3.send(new DeleteObjectCommand({ ...at(item), ...bypass }));
    expect((await verifyInBucket(platform)).problems).toEqual([`version-missing ${item}`]);
  });

  test("the ledger's head and the newest manifest, rewritten to agree, are found by their versions", async () => {
    const keys = await listKeys(platform.vault, `${INCIDENT_FOLDER}/ledger/`);
    const read = async (key: string) =>
      (await (await platform.aws.s3.send(new GetObjectCommand(at(key)))).Body?.transformToString()) ?? "";
    const manifest = (await read(`${NEWEST_CAPTURE}/manifest.json`)).replace("servicenow", "sharepoint");
    await put(`${NEWEST_CAPTURE}/manifest.json`, manifest);
    const head = keys.at(-1) ?? "";
    const digest = sha256(Buffer.from(manifest));
    await put(head, (await read(head)).replace(/("manifestSha256": ")[0-9a-f]+/, `$1${digest}`));
    const { verdict, problems } = await verifyInBucket(platform);
    expect(verdict).toBe("not-verified");
    expect(problems).toEqual([`overwritten ${head}`, `overwritten ${NEWEST_CAPTURE}/manifest.json`].sort());
  });

  test("a shortened retention is named while it is still in force, and when it has ended", async () => {
    const item = await anItem();
    const soon = new Date(platform.clock.now() + DAY_MS / 2);
    await platform.aws.s3.send(
      new PutObjectRetentionCommand({
        ...at(item),
        Retention: { Mode: "GOVERNANCE", RetainUntilDate: soon },
        BypassGovernanceRetention: true,
      }),
    );
    expect((await verifyInBucket(platform)).problems).toEqual([`retention-shortened ${item}`]);
    const { problems } = await verifyInBucket(platform, { later: DAY_MS * 0.75 });
    expect(problems).toContain(`unlocked ${item}`);
  });

  test("once the retention has ended only a legal hold protects", async () => {
    await platform.aws.s3.send(new PutObjectLegalHoldCommand({ ...at(LABEL), LegalHold: { Status: "ON" } }));
    const { verdict, problems } = await verifyInBucket(platform, { later: 2 * DAY_MS });
    expect(verdict).toBe("not-verified");
    expect(problems).toContain(`unlocked ${CAPTURE}/manifest.json`);
    expect(problems).not.toContain(`unlocked ${LABEL}`);
  });

  test.each([
    ["the object", "GetObject"],
    ["its retention, which has ended", "GetObjectRetention"],
  ])("what may not be read (%s) is not called verified, nor tampered with", async (_what, operation) => {
    const s3 = refusing(platform.aws.s3, (name, key) => name === operation && key === LABEL);
    const unlocked = refusing(s3, () => false);
    if (operation === "GetObjectRetention") hideLocks(unlocked);
    expect(await verifyInBucket(platform, { s3: unlocked })).toEqual({
      verdict: "could-not-check",
      problems: [],
      unchecked: [LABEL],
    });
  });
});

/** S3 leaves the lock's headers out when the caller may not read them. */
function hideLocks(s3: { send: unknown }): void {
  const send = s3.send as (command: { input: { Key?: string } }) => Promise<object>;
  Object.defineProperty(s3, "send", {
    value: async (command: { input: { Key?: string } }) => {
      const answer = await send(command);
      return command.input.Key === LABEL ? { ...answer, ObjectLockRetainUntilDate: undefined } : answer;
    },
  });
}

describe("the action", () => {
  const inputs = { environment: "dev", runbook: "runbook.yml", githubToken: "t", dryRun: false };
  const deps = (issues: { number: number; labels: string[] }[]): ActionDeps => ({
    ...platform.deps(),
    github: {
      rest: { issues: { listForRepo: () => {} } },
      paginate: async () => issues,
    } as unknown as GitHub,
  });

  test("verifies one incident and hands over verdict and report", async () => {
    const outputs = await run({ ...inputs, incident: 42 }, deps([]));
    expect(outputs.verdict).toBe("verified");
    expect(JSON.parse(outputs.report ?? "")).toMatchObject({
      schema: "firebreak/verification/v1",
      verdict: "verified",
      incidents: [{ incident: "INC-42", problems: [] }],
    });
    expect(platform.summaries.join()).toContain("VERIFIED");
  });

  test("without an incident verifies the open ones of this environment; one whose evidence is gone fails", async () => {
    const elsewhere = { number: 43, labels: ["incident", "environment:prod"] };
    const known = { number: 42, labels: ["incident"] };
    const outputs = await run({ ...inputs, incident: undefined }, deps([elsewhere, known]));
    expect(JSON.parse(outputs.report ?? "").incidents).toHaveLength(1);
    const gone = { number: 44, labels: ["incident", "environment:dev"] };
    await expect(run({ ...inputs, incident: undefined }, deps([known, gone]))).rejects.toMatchObject({
      reason: "not-verified",
      message: expect.stringContaining("INC-44"),
      outputs: { verdict: "not-verified" },
    });
  });

  test("a dry run says which incidents, and reads none of their objects", async () => {
    const before = platform.calls.all().length;
    expect(
      await run({ ...inputs, incident: undefined, dryRun: true }, deps([{ number: 42, labels: [] }])),
    ).toEqual({});
    expect(platform.printed.join()).toContain("Would verify INC-42");
    const calls = platform.calls.all().slice(before);
    expect(calls.map(({ operation }) => operation)).toEqual(["ListObjectsV2"]);
  });
});
