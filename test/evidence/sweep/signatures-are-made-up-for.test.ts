import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { preserve } from "../../../src/evidence/capture.ts";
import { sweep } from "../../../src/evidence/sweep/sweep.ts";
import { IncidentRecord } from "../../../src/incident/record.ts";
import type { ActionDeps } from "../../../src/ports.ts";
import { verifyIncident } from "../../../src/verify/incident.ts";
import { S3Store } from "../../../src/verify/s3-store.ts";
import {
  INCIDENT,
  type PreservePlatform,
  runbook,
  startPreservePlatform,
  target,
} from "../../support/preserve-platform.ts";

const FOLDER = "incidents/INC-42/captures/7001/";
let platform: PreservePlatform;
beforeEach(async () => {
  platform = await startPreservePlatform();
  await platform.declare();
  platform.kms.store.seed({ alias: target.signingKey ?? "" });
});
afterEach(() => platform.close());

/** KMS refuses everything. */
function unsigned(deps: ActionDeps): ActionDeps {
  const send = () =>
    Promise.reject(Object.assign(new Error("not allowed"), { name: "AccessDeniedException" }));
  const kms = Object.create(platform.aws.kms, { send: { value: send } });
  return { ...deps, aws: (region) => ({ ...deps.aws(region), kms }) };
}

const preserveUnsigned = async () =>
  preserve(unsigned(platform.deps()), await platform.open(), ["ssm-parameter"]);
const sweepAs = async (runId: number, deps = platform.deps({ runId })) => sweep(deps, await platform.open());
const signatures = async () =>
  (await platform.open())
    .all("capture-signed")
    .map(({ data }) => [data.capture, data.signature?.key ?? null]);
async function problems(): Promise<string[]> {
  const store = new S3Store(platform.aws.s3, target.vault, () => new Date(platform.clock.now()));
  return (await verifyIncident(store, "INC-42")).problems.map(({ code }) => code);
}

describe("a capture that could not be signed", () => {
  test("is signed by the next sweep, once, also when a later attempt made another capture", async () => {
    await preserveUnsigned();
    const second = { runAttempt: 2 };
    const again = await preserve(platform.deps(second), await platform.open(second), ["ssm-parameter"]);
    expect(again.capture).toBe("7001-2");
    await sweepAs(7010);
    await sweepAs(7011);
    expect(await signatures()).toEqual([
      ["7001", null],
      ["7001-2", `${FOLDER.replace("7001", "7001-2")}manifest.dsse.json`],
      ["7001", `${FOLDER}manifest.dsse.json`],
    ]);
    expect(platform.operations("kms").filter((operation) => operation === "Sign")).toHaveLength(2);
    expect(await problems()).toEqual([]);
  });

  test("is signed also when every source has been final for long", async () => {
    await preserveUnsigned();
    await sweepAs(7010, unsigned(platform.deps({ runId: 7010 })));
    expect((await platform.open()).all("source-final")).toHaveLength(1);
    expect(await signatures()).toEqual([["7001", null]]);
    expect(await sweepAs(7011)).toMatchObject({ captures: [], final: [], open: [] });
    expect((await signatures()).at(-1)).toEqual(["7001", `${FOLDER}manifest.dsse.json`]);
  });

  test("is told in the issue when the run was killed before it said so", async () => {
    let dead = false;
    const s3 = Object.create(platform.aws.s3, {
      send: {
        value: (command: { constructor: { name: string }; input: { Key?: string } }) => {
          dead ||=
            command.constructor.name === "PutObjectCommand" &&
            /00000004\.json$/.test(command.input.Key ?? "");
          return dead ? Promise.reject(new Error("killed")) : platform.aws.s3.send(command as never);
        },
      },
    });
    const deps = platform.deps();
    const dying = { ...deps, aws: (region: string) => ({ ...deps.aws(region), s3 }) };
    const record = await IncidentRecord.open(dying, runbook, "dev", INCIDENT);
    await expect(preserve(dying, record, ["ssm-parameter"])).rejects.toThrow("killed");
    expect([await signatures(), platform.comments]).toEqual([[], []]);
    await sweepAs(7010);
    expect(await signatures()).toEqual([["7001", `${FOLDER}manifest.dsse.json`]]);
    expect(platform.comments.filter((comment) => comment.includes("Signed with:"))).toHaveLength(1);
    expect(await problems()).toEqual([]);
  });

  test("and is no longer what was announced is not signed", async () => {
    await preserveUnsigned();
    const manifest = { Bucket: target.vault, Key: `${FOLDER}manifest.json` };
    const sealed = await (
      await platform.aws.s3.send(new GetObjectCommand(manifest))
    ).Body?.transformToString();
    await platform.aws.s3.send(new PutObjectCommand({ ...manifest, Body: `${sealed}\n` }));
    await expect(sweepAs(7010)).rejects.toMatchObject({ reason: "evidence-altered" });
    expect(await signatures()).toEqual([["7001", null]]);
    expect(platform.printed.join("\n")).toContain("capture 7001 is not what was announced: it is not signed");
  });
});
